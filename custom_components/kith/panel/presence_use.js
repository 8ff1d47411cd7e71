/** What it is for that somebody counts as present, asked in the words of Home Assistant's form "Add a person". */

import { html } from "./vendor/lit.js";

/** The usual one first. */
const USES = ["came", "lately", "today"];

/**
 * Returns the question, whose answer is the form's "present".
 * @param {Hass} hass
 * @returns {Promise<unknown>}
 */
export async function presenceUse(hass) {
  const texts = await hass.loadBackendTranslation("config_subentries", "kith");
  const choices = await hass.loadBackendTranslation("selector", "kith");
  const say = (/** @type {string} */ what) =>
    texts(`component.kith.config_subentries.person.step.user.${what}.present`);
  return html`<fieldset>
    <legend>${say("data")}</legend>
    ${USES.map(
      (use, place) => html`<label class="tick">
        <input type="radio" name="present" value=${use} ?checked=${!place} />
        <span>${choices(`component.kith.selector.present.options.${use}`)}</span>
      </label>`,
    )}
    <p class="small quiet">${say("data_description")}</p>
  </fieldset>`;
}
