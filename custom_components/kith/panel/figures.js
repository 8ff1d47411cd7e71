/** The gallery's key figures as a chart: how many of a hundred visits stay unnamed, and who is most alike. */

import { html, nothing, svg } from "./vendor/lit.js";
import { portrait } from "./picture.js";

const DOTS = 100;
const SIDE = 10;

/**
 * @param {import("./kith.js").Kith} kith
 * @param {Figures} told
 * @param {PersonSummary[]} people
 */
export function figures(kith, told, people) {
  return html`<section class="card stack" aria-labelledby="figures">
    <h2 id="figures">${kith.say("people.figures")}</h2>
    <div class="figures">
      ${told.expected_misses === null ? nothing : misses(kith, told.expected_misses)}
      ${told.closest ? closest(kith, told.closest, people) : nothing}
      ${told.expected_false === null
        ? nothing
        : html`<figure>
            <strong class="big drawn">${kith.number(told.expected_false)} %</strong>
            <figcaption>${kith.say("people.falsely")}</figcaption>
          </figure>`}
    </div>
    <p class="small quiet">${told.words}</p>
  </section>`;
}

/** @param {import("./kith.js").Kith} kith @param {number} percent */
function misses(kith, percent) {
  const words = kith.say("people.misses", { percent: kith.number(percent) });
  const missed = Math.round((percent / 100) * DOTS);
  const dots = Array.from({ length: DOTS }, (_, place) => {
    const [column, row] = [place % SIDE, Math.floor(place / SIDE)];
    const kind = place >= DOTS - missed ? "miss" : "hit";
    return svg`<circle class=${kind} cx=${6 + column * 12} cy=${6 + row * 12} r="4"></circle>`;
  });
  return html`<figure>
    <svg class="dots drawn" viewBox="0 0 120 120" role="img" aria-label=${words}>${dots}</svg>
    <figcaption>${words}</figcaption>
  </figure>`;
}

/**
 * @param {import("./kith.js").Kith} kith
 * @param {NonNullable<Figures["closest"]>} pair
 * @param {PersonSummary[]} people
 */
function closest(kith, pair, people) {
  const face = (/** @type {string} */ name) =>
    portrait(people.find((person) => person.name === name)?.portrait, name, 72);
  return html`<figure>
    <span class="pair drawn">${face(pair.a)}${face(pair.b)}</span>
    <figcaption><span class="hidden">${kith.say("people.closest")}</span>${pair.words}</figcaption>
  </figure>`;
}
