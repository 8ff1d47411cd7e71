/** What stands above every page: why there is nothing to see, or that what is seen is old. */

import { html, nothing } from "./vendor/lit.js";
import { icon } from "./icons.js";

/**
 * @param {import("./kith.js").Kith} kith
 * @param {{connected: boolean, refused: boolean}} state refused: this user may not use the page
 */
export function notes(kith, { connected, refused }) {
  if (!connected) return html`<div class="note warn">${icon("away")}<p>${kith.say("common.offline")}</p></div>`;
  if (refused) return html`<div class="card empty">${icon("shield")}<p>${kith.say("common.not_yours")}</p></div>`;
  const { told } = kith;
  if (!told) return nothing;
  if (!told.loaded) {
    return html`<div class="card empty">
      ${icon("away")}
      <h2>${kith.say("common.off_title")}</h2>
      <p>${kith.say("common.off")}</p>
      <a class="button primary" href="/config/integrations/integration/kith">${kith.say("common.settings")}</a>
    </div>`;
  }
  if (told.engine.state === "ready") return nothing;
  return html`<div class="note warn">
    ${icon("alert")}
    <p><strong>${kith.say("common.engine_away")}</strong> ${told.engine.reason ?? nothing}</p>
  </div>`;
}
