/** Shown without open questions: all are answered, no faces are kept, or the owner must first say whether to. */

import { html, nothing } from "./vendor/lit.js";
import { icon } from "./icons.js";

/** Days that the first question offers: a week of visitors, and a reason to look once a week. */
const OFFERED = 7;

/**
 * @param {Kith} kith
 * @param {Pick<InboxList, "keeping_days" | "keeping_decided">} found
 * @param {(days: number) => void} keep called with the owner's decision
 */
export function empty(kith, { keeping_days: days, keeping_decided: decided }, keep) {
  if (!decided && kith.admin) return offer(kith, keep);
  const change = html`<a class="button primary" href="/kith/settings">${kith.say("inbox.switch_on")}</a>`;
  return html`<div class="card empty">
    ${icon(days ? "check" : "light")}
    <h2>${kith.say(days ? "inbox.none_title" : "inbox.off_title")}</h2>
    <p>${days ? kith.count("inbox.none", days) : kith.say("inbox.off")}</p>
    ${days || !kith.admin ? nothing : change}
  </div>`;
}

/** @param {Kith} kith @param {(days: number) => void} keep */
function offer(kith, keep) {
  return html`<div class="card empty">
    ${icon("inbox")}
    <h2>${kith.say("inbox.keep_title", { count: OFFERED })}</h2>
    <p>${kith.say("inbox.keep_what")}</p>
    <p class="small quiet">${kith.say("settings.keeping_law")}</p>
    <div class="actions">
      <button class="button" @click=${() => keep(0)}>${kith.say("inbox.keep_none")}</button>
      <button class="button primary" @click=${() => keep(OFFERED)}>
        ${kith.say("inbox.keep_them", { count: OFFERED })}
      </button>
    </div>
  </div>`;
}
