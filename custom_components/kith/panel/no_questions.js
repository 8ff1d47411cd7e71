/** Shown without open questions: all are answered, or no faces are kept. */

import { html, nothing } from "./vendor/lit.js";
import { icon } from "./icons.js";

/**
 * @param {import("./kith.js").Kith} kith
 * @param {number} days that faces are kept; 0 if none are
 */
export function empty(kith, days) {
  return html`<div class="card empty">
    ${icon(days ? "check" : "light")}
    <h2>${kith.say(days ? "inbox.none_title" : "inbox.off_title")}</h2>
    <p>${days ? kith.count("inbox.none", days) : kith.say("inbox.off")}</p>
    ${days
      ? nothing
      : html`<a class="button primary" href="/config/integrations/integration/kith">${kith.say("inbox.switch_on")}</a>`}
  </div>`;
}
