/** When and where somebody was seen last, in words. */

/**
 * @param {import("./kith.js").Kith} kith
 * @param {{last_seen: string | null, last_camera: string | null, by_appearance: boolean}} person
 */
export function seen(kith, person) {
  if (!person.last_seen) return kith.say("people.never_seen");
  const how = person.by_appearance ? "people.seen_by_appearance" : "people.seen";
  return kith.say(how, { when: kith.moment(person.last_seen), camera: person.last_camera ?? "" });
}
