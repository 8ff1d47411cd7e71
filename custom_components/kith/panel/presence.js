/** When and where somebody was seen last, in words. */

/**
 * @param {import("./kith.js").Kith} kith
 * @param {{last_seen: string | null, last_camera: string | null}} person
 */
export function seen(kith, person) {
  if (!person.last_seen) return kith.say("people.never_seen");
  return kith.say("people.seen", { when: kith.moment(person.last_seen), camera: person.last_camera ?? "" });
}
