/** The details of an answer. */

/**
 * Which faces Kith learned from and which not, each with the reason.
 * @param {Group} group
 * @param {Answered} answered
 */
export function detailsOf(group, answered) {
  const pictures = new Map(group.faces.map((face) => [face.face_id, face.picture]));
  const told = (/** @type {Judged} */ one, /** @type {boolean} */ kept) => {
    return { words: one.why, picture: pictures.get(one.face_id) ?? null, kept };
  };
  return [...answered.kept.map((one) => told(one, true)), ...answered.dropped.map((one) => told(one, false))];
}
