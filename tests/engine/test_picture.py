import contextlib
import io
import struct
import zlib

from hypothesis import given, settings, strategies as st
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
import pytest

from kith_engine import picture as module
from kith_engine.analysis import Box
from kith_engine.errors import PictureError, PictureForeignError, PictureIncompleteError, PictureTooLargeError
from kith_engine.picture import MOST_SCANS, Picture
from kith_engine.picture_formats import MOST_DECODED, MOST_PIXELS, MOST_PROGRESSIVE
from kith_engine.wire import LARGEST_PICTURE
from tests.pictures import astronaut, encoded


def everything(picture: Picture) -> None:
    picture.gray_eighth()
    picture.crop(picture.frame, 32, 32)
    picture.warp(np.array([[1.0, 0, 0], [0, 1.0, 0]]), 16)


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def distance(left: np.ndarray, right: np.ndarray) -> float:
    return float(np.abs(left.astype(float) - right.astype(float)).mean())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_of_cameras_and_phones_show_the_same(kind: str) -> None:
    picture = Picture(encoded(astronaut(), kind))
    assert picture.size == (512, 512)
    assert distance(picture.crop(picture.frame, 128, 128), np.asarray(astronaut().reduce(4))) < 4
    assert picture.gray_eighth().shape == (64, 64)
    assert distance(picture.gray_eighth(), np.asarray(astronaut().convert("L").reduce(8))) < 4


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html><body>502 Bad Gateway</body></html>",
        b"GIF89a" + bytes(50),
        b"BM" + bytes(100),
        b"\xff\xd8\xff",
        b"{}",
    ],
)
def test_what_is_no_picture_is_refused_at_once(said: bytes) -> None:
    with pytest.raises(PictureError):
        Picture(said)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_a_truncated_picture_is_refused_and_not_half_looked_at(kind: str, share: float) -> None:
    whole = encoded(astronaut(), kind)
    with pytest.raises(PictureError):
        everything(Picture(whole[: int(len(whole) * share)]))


def test_a_truncated_jpeg_is_noticed_by_the_cheapest_look() -> None:
    whole = encoded(astronaut())
    with pytest.raises(PictureError, match="truncated"):
        Picture(whole[: len(whole) // 2]).gray_eighth()


@pytest.mark.parametrize("in_scans", [False, True], ids=["baseline", "progressive"])
@pytest.mark.parametrize("missing", [1, 2, 40, 400])
def test_a_jpeg_that_lacks_its_last_bytes_is_taken(in_scans: bool, missing: int) -> None:
    """As cameras and interrupted copies leave them."""
    picture = Picture((progressive(astronaut()) if in_scans else encoded(astronaut()))[:-missing])
    everything(picture)
    assert distance(picture.crop(picture.frame, 128, 128)[:110], np.asarray(astronaut().reduce(4))[:110]) < 5


def test_a_jpeg_that_lacks_a_third_is_refused_each_time_and_the_error_says_so() -> None:
    whole = encoded(astronaut())
    for share in (0.5, 0.66):
        picture = Picture(whole[: int(len(whole) * share)])
        for _ in range(2):
            with pytest.raises(PictureIncompleteError, match=r"its lower \d+% are missing"):
                everything(picture)


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_a_phone_s_own_format_is_named(brand: bytes) -> None:
    with pytest.raises(PictureForeignError, match="JPEG"):
        Picture(b"\x00\x00\x00\x1cftyp" + brand + bytes(40))


@pytest.mark.parametrize("size", [(8064, 6048), (16320, 12240), (30_000, 3000)], ids=["48 MP", "200 MP", "panorama"])
def test_a_phone_s_largest_photos_are_looked_at_without_their_raster(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header of one stands for it: the missing part is filled in, as fast as a photo would be decoded."""
    picture = Picture(with_size(encoded(astronaut()), b"\xff\xc0", *size))
    loaded = []
    load = module.drafted
    monkeypatch.setattr(module, "drafted", lambda *a: loaded.append((image := load(*a)).size) or image)
    assert picture.size == size
    assert picture.gray_eighth().shape[::-1] == (-(-size[0] // 8), -(-size[1] // 8))
    assert picture.crop(Box(0, 0, 256, 256), 64, 64).mean() > 50
    assert loaded
    assert all(width * height <= MOST_DECODED for width, height in loaded)


def test_too_many_bytes_are_refused_before_anything_reads_them() -> None:
    with pytest.raises(PictureTooLargeError, match="bytes"):
        Picture(encoded(astronaut()) + bytes(LARGEST_PICTURE))


def progressive(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", progressive=True)
    return buffer.getvalue()


def with_size(jpeg: bytes, marker: bytes, width: int, height: int) -> bytes:
    """As if it had this size."""
    changed = bytearray(jpeg)
    frame_header = changed.index(marker)
    changed[frame_header + 5 : frame_header + 9] = struct.pack(">HH", height, width)
    return bytes(changed)


def test_a_jpeg_of_very_many_scans_is_refused_before_any_is_decoded() -> None:
    """Each scan is another pass over the whole picture: a megabyte of them kept the only worker busy for 40 seconds."""
    jpeg = progressive(astronaut())
    assert Picture(jpeg).size == (512, 512)
    last = jpeg.rindex(b"\xff\xda")
    bomb = jpeg[:-2] + jpeg[last:-2] * MOST_SCANS + jpeg[-2:]
    with pytest.raises(PictureError, match="scans"):
        Picture(bomb)


@pytest.mark.parametrize(("width", "height"), [(7680, 4320), (MOST_PROGRESSIVE // 4000 + 1, 4000)])
def test_a_progressive_jpeg_may_have_fewer_pixels(width: int, height: int) -> None:
    """All of its coefficients are in memory at once."""
    with pytest.raises(PictureTooLargeError, match=str(MOST_PROGRESSIVE)):
        Picture(with_size(progressive(astronaut()), b"\xff\xc2", width, height))
    assert Picture(with_size(progressive(astronaut()), b"\xff\xc2", 4000, 4000)).size == (4000, 4000)


@pytest.mark.parametrize("size", [(4001, 3000), (60_000, 60_000)])
def test_a_decompression_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(PictureTooLargeError, match="pixels"):
        Picture(png_header(*size))


def test_a_header_that_promises_more_than_there_is_is_refused() -> None:
    with pytest.raises(PictureError, match="truncated"):
        everything(Picture(png_header(3000, 3000)))


def test_a_jpeg_that_promises_more_than_there_is_costs_no_more_than_its_limit() -> None:
    """Its reader fills in the missing part in gray: nobody is seen there, and there is no error."""
    jpeg = bytearray(encoded(astronaut()))
    frame_header = jpeg.index(b"\xff\xc0")
    jpeg[frame_header + 5 : frame_header + 9] = struct.pack(">HH", 6000, 6000)
    picture = Picture(bytes(jpeg))
    everything(picture)
    assert picture.finest_scale == 0.5


def test_8k_is_looked_at_without_its_raster_ever_being_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Picture(encoded(astronaut().resize((7680, 4320)), quality=60))
    loaded = []
    load = Image.Image.resize
    monkeypatch.setattr(Image.Image, "resize", lambda self, *a, **k: loaded.append(self.size) or load(self, *a, **k))
    assert picture.size == (7680, 4320)
    assert MOST_PIXELS > 7680 * 4320
    picture.decode(1.0)
    assert picture.crop(Box(0, 0, 1000, 1000), 320, 320).shape == (320, 320, 3)
    assert picture.finest_scale == 0.5
    assert loaded
    assert all(width * height <= MOST_DECODED for width, height in loaded)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_from_a_phone_held_any_way_is_seen_upright(orientation: int, kind: str) -> None:
    upright = astronaut().crop((0, 0, 512, 320))
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    stored.save(buffer, kind, quality=90, exif=exif)
    picture = Picture(buffer.getvalue())
    assert picture.size == (512, 320)
    assert picture.gray_eighth().shape == (40, 64)
    assert distance(picture.crop(picture.frame, 256, 160), np.asarray(upright.reduce(2))) < 4


def test_damaged_metadata_do_not_spoil_a_photo() -> None:
    buffer = io.BytesIO()
    astronaut().save(buffer, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff broken")
    assert Picture(buffer.getvalue()).size == (512, 512)


def test_damaged_metadata_of_a_converted_photo_do_not_spoil_it() -> None:
    """ImageMagick writes a JPEG's metadata into a PNG like this, as text."""
    text = PngInfo()
    text.add_text("Raw profile type exif", "\nexif\n  4\nnot hexadecimal")
    buffer = io.BytesIO()
    astronaut().save(buffer, "PNG", pnginfo=text)
    assert Picture(buffer.getvalue()).size == (512, 512)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA", "I;16"])
def test_every_color_model_becomes_rgb(mode: str) -> None:
    gray = astronaut().convert("L")
    if mode == "I;16":
        stored = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    elif mode == "LA":
        stored = gray.convert("LA")
    else:
        stored = astronaut().convert(mode)
    picture = Picture(encoded(stored, "JPEG" if mode == "CMYK" else "PNG"))
    seen = picture.crop(picture.frame, 64, 64)
    assert seen.shape == (64, 64, 3)
    wanted = astronaut() if mode in ("P", "CMYK", "RGBA") else gray.convert("RGB")
    assert distance(seen, np.asarray(wanted.reduce(8))) < (16 if mode in ("P", "1") else 6)


def test_what_is_transparent_shows_white_and_not_what_hides_there() -> None:
    hidden = astronaut().convert("RGBA")
    hidden.putalpha(0)
    picture = Picture(encoded(hidden, "PNG"))
    assert picture.crop(picture.frame, 8, 8).min() == 255


def test_an_animation_shows_its_first_picture() -> None:
    buffer = io.BytesIO()
    astronaut().save(buffer, "WEBP", save_all=True, append_images=[Image.new("RGB", (512, 512))], duration=100)
    picture = Picture(buffer.getvalue())
    assert distance(picture.crop(picture.frame, 128, 128), np.asarray(astronaut().reduce(4))) < 6


def test_a_phone_photo_with_a_preview_behind_it_shows_the_photo() -> None:
    buffer = io.BytesIO()
    astronaut().save(buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 64))])
    picture = Picture(buffer.getvalue())
    assert distance(picture.crop(picture.frame, 128, 128), np.asarray(astronaut().reduce(4))) < 6


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (7, 7), (9, 17)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_tiny_and_thin_pictures_are_pictures(size: tuple[int, int], kind: str) -> None:
    picture = Picture(encoded(astronaut().resize(size), kind))
    everything(picture)
    assert picture.size == size
    assert picture.gray_eighth().size >= 1


def test_a_crop_is_taken_at_the_best_resolution_that_is_there() -> None:
    picture = Picture(encoded(astronaut(), quality=95))
    picture.crop(picture.frame, 64, 64)
    face = picture.crop(Box(180, 60, 270, 175), 90, 115)
    assert distance(face, np.asarray(astronaut())[60:175, 180:270]) < 4


def test_nothing_is_decoded_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Picture(encoded(astronaut()))
    decoded = []
    draft = module.Image.Image.draft
    kind = type(Image.open(io.BytesIO(encoded(astronaut()))))
    draft = kind.draft
    monkeypatch.setattr(kind, "draft", lambda self, *wish: decoded.append(wish) or draft(self, *wish))
    picture.decode(1.0)
    everything(picture)
    picture.crop(Box(100, 100, 200, 200), 50, 50)
    assert len(decoded) == 1


def test_the_small_gray_picture_is_the_same_whichever_way_it_was_come_by() -> None:
    direct, derived = Picture(encoded(astronaut())), Picture(encoded(astronaut()))
    derived.decode(1.0)
    assert distance(direct.gray_eighth(), derived.gray_eighth()) < 1.5


def test_a_warp_puts_every_pixel_where_the_matrix_says() -> None:
    picture = Picture(encoded(astronaut(), "PNG"))
    shifted = picture.warp(np.array([[1.0, 0, 100], [0, 1.0, 50]]), 64)
    assert distance(shifted, np.asarray(astronaut())[50:114, 100:164]) < 0.5
    halved = picture.warp(np.array([[4.0, 0, 0], [0, 4.0, 0]]), 128)
    assert distance(halved, np.asarray(astronaut().reduce(4))) < 0.5
    quarter = picture.warp(np.array([[0.0, 1, 0], [-1, 0, 512]]), 512)  # turned by 90°
    assert distance(quarter, np.asarray(astronaut().transpose(Image.Transpose.ROTATE_270))) < 0.5


@pytest.mark.parametrize("most", [600, 300, 100, 7])
@pytest.mark.parametrize("box", [Box(0, 0, 512, 512), Box(180.4, 60.2, 270.9, 175.1), Box(-50, 400, 900, 600)])
def test_a_shrunk_part_says_exactly_where_it_lies(most: int, box: Box) -> None:
    picture = Picture(encoded(astronaut(), "PNG"))
    pixels, (left, top), step = picture.shrunk(box, most)
    assert max(pixels.shape) <= most
    assert left <= max(0, box.left)
    assert left + pixels.shape[1] * step >= min(512, box.right)
    assert top + pixels.shape[0] * step >= min(512, box.bottom)
    height, width = int((512 - top) // step), int((512 - left) // step)
    same = np.asarray(astronaut().crop((int(left), int(top), 512, 512)).reduce(int(step)))
    rows, columns = min(height, pixels.shape[0] - 1), min(width, pixels.shape[1] - 1)
    assert distance(pixels[:rows, :columns], same[:rows, :columns]) < 0.6


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_warp_beyond_the_edge_is_black(scale: float) -> None:
    picture = Picture(encoded(Image.new("RGB", (64, 64), "white")))
    half = picture.warp(np.array([[scale, 0, -16 * scale], [0, scale, 0]]), 32)
    assert half[:10, :14].max() == 0
    assert half[:10, 18:20].min() > 250
    assert picture.warp(np.array([[1.0, 0, 500], [0, 1.0, 500]]), 32).max() == 0


@settings(max_examples=150)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=20),
    cut=st.floats(0.02, 1),
)
def test_damaged_bytes_never_raise_anything_but_a_picture_error(
    kind: str, changes: list[tuple[float, int]], cut: float
) -> None:
    damaged = bytearray(encoded(astronaut().reduce(4), kind))
    for place, value in changes:
        damaged[int(place * (len(damaged) - 1))] = value
    with contextlib.suppress(PictureError):
        everything(Picture(bytes(damaged[: max(1, int(cut * len(damaged)))])))
