/** One person of an import: what was found of them, and then what it is worth and whether they agree. */

import { html, nothing } from "./vendor/lit.js";

/** Can somebody be added whom Kith does not know? @param {ImportPerson} one */
export function isNew({ known, good, words }) {
  return !known && good > 0 && !words;
}

/** @param {Kith} kith @param {ImportPerson} one */
export function found(kith, one) {
  const { name, photos, total } = one;
  return html`<li class="choice">
    <label class="tick">
      <input type="checkbox" name="chosen" value=${name} checked />
      <span>
        <strong>${name} ${known(kith, one)}</strong>
        <span class="small quiet">
          ${photos < total ? kith.say("import.of_total", { photos, total }) : kith.count("import.photos", photos)}
        </span>
      </span>
    </label>
  </li>`;
}

/** @param {Kith} kith @param {ImportPerson} one */
export function checked(kith, one) {
  const { name, photos, good } = one;
  const why = one.refused.map((reason) => kith.say("import.refused", reason)).join(", ");
  const progress = kith.say("import.checked", { checked: one.checked, photos });
  return html`<li class="choice">
    <div class="row">
      <strong>${name} ${known(kith, one)}</strong>
      <span class="badge ${good ? "good" : ""}">
        ${one.words ?? (good ? kith.count("import.good", good) : kith.say("import.none_good"))}
      </span>
    </div>
    ${one.checked < photos
      ? html`<progress max=${photos} value=${one.checked} aria-label=${progress}></progress>`
      : nothing}
    ${why ? html`<p class="small quiet">${why}</p>` : nothing} ${good && !one.words ? agreement(kith, one) : nothing}
  </li>`;
}

/** @param {Kith} kith @param {ImportPerson} one */
function known(kith, one) {
  return one.known ? html`<span class="badge">${kith.say("import.known")}</span>` : nothing;
}

/** Somebody whom Kith knows has said what they agree to. @param {Kith} kith @param {ImportPerson} one */
function agreement(kith, { name, known: agreed }) {
  return html`<label class="tick">
      <input type="checkbox" name="agreed" value=${name} />
      <span>${agreed ? kith.say("import.save") : kith.say("import.agreed", { name })}</span>
    </label>
    ${agreed
      ? nothing
      : html`<div class="inside">
          <label class="tick">
            <input type="checkbox" name="keep" value=${name} /><span>${kith.say("import.keep")}</span>
          </label>
          <label class="field">
            ${kith.say("import.by")}
            <input name="by ${name}" type="text" maxlength="100" autocomplete="off" placeholder=${name} />
          </label>
        </div>`}`;
}
