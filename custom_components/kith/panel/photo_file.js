/** Makes a photo from a phone ready to send: any format that the browser reads, no larger than faces need. */

/** Pixels of the longer side: a face that fills a tenth of it is still large. */
const LONGEST = 2_400;
const QUALITY = 0.92;

/**
 * A JPEG of at most LONGEST pixels; the file itself if the browser cannot read it, as Kith may be able to.
 * @param {File} file
 * @returns {Promise<Blob>}
 */
export async function prepared(file) {
  try {
    const bitmap = await createImageBitmap(file); // turned as the camera noted
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.type === "image/jpeg") return file;
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  } catch {
    return file;
  }
}
