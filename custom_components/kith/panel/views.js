/** The views of the visits, and the links from each to the others. */

import { css, html } from "./vendor/lit.js";

/** @typedef {"list" | "day" | "week"} View */

/** @type {View[]} */
const VIEWS = ["list", "day", "week"];

/** Links to the views. @param {Kith} kith @param {View} now */
export function views(kith, now) {
  return html`<div class="views" role="group" aria-label=${kith.say("views.label")}>
    ${VIEWS.map(
      (view) => html`<a href="/kith/visits${view === "list" ? "" : `/${view}`}"
        aria-current=${view === now ? "true" : "false"}>${kith.say(`views.${view}`)}</a>`,
    )}
  </div>`;
}

views.styles = css`
  .views { display: flex; padding: 4px; border-radius: 999px; background: var(--kith-wash); width: fit-content; }
  .views a {
    min-width: 88px; min-height: 40px; padding: 0 18px; border-radius: 999px; color: inherit; text-decoration: none;
    display: grid; place-items: center; font-weight: 500; font-size: 0.9375rem;
  }
  .views a[aria-current="true"] {
    background: var(--kith-card); color: var(--kith-accent); box-shadow: 0 1px 3px #0003;
  }
`;
