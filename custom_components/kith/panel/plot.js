/** A visit's evidence by frame, with what a name and "stranger" need. */

import { css, html, nothing, svg } from "./vendor/lit.js";

const WIDE = 600;
const HIGH = 200;
const LEFT = 8;
const RIGHT = 8;
const TOP = 12;
const BOTTOM = 24;

/**
 * @param {Kith} kith
 * @param {Explained} visit with at least one step
 */
export function plot(kith, visit) {
  const { steps } = visit;
  const last = steps[steps.length - 1];
  const named = steps.map((step) => step.evidence);
  const strange = steps.map((step) => step.stranger);
  const high = Math.max(last.demanded, last.stranger_demanded, ...named, ...strange) * 1.12;
  const low = Math.min(0, ...named, ...strange) * 1.12;
  const x = (/** @type {number} */ place) => LEFT + ((place + 1) / steps.length) * (WIDE - LEFT - RIGHT);
  const y = (/** @type {number} */ value) => TOP + ((high - value) / (high - low)) * (HIGH - TOP - BOTTOM);
  const line = (/** @type {number[]} */ values) =>
    [[LEFT, y(0)], ...values.map((value, place) => [x(place), y(value)])].map((point) => point.join(",")).join(" ");
  const likely = last.likely ?? kith.say("plot.nobody");
  const words = told(kith, last, likely);
  return html`<figure>
    <svg class="plot" viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label=${words} preserveAspectRatio="none">
      <line class="zero" x1="0" x2=${WIDE} y1=${y(0)} y2=${y(0)}></line>
      ${bar("name", y(last.demanded))} ${bar("stranger", y(last.stranger_demanded))}
      <polyline class="stranger" points=${line(strange)}></polyline>
      <polyline class="name" points=${line(named)}></polyline>
      ${named.map((value, place) => svg`<path class="frame" d="M${x(place)} ${y(value)}h0.01"></path>`)}
    </svg>
    <figcaption class="legend small">
      <span><i class="name"></i>${kith.say("plot.name", { name: likely })}</span>
      <span><i class="name bar"></i>${kith.say("plot.bar")}</span>
      <span><i class="stranger"></i>${kith.say("plot.stranger")}</span>
      <span><i class="stranger bar"></i>${kith.say("plot.stranger_bar")}</span>
    </figcaption>
    <p class="small">${words}</p>
    ${steps.length > 1 ? html`<p class="small quiet">${seconds(kith, steps)}</p>` : nothing}
  </figure>`;
}

/** @param {Kith} kith @param {Step} last @param {string} name */
function told(kith, { evidence, demanded, frames }, name) {
  const share = evidence / demanded;
  if (share >= 1) return kith.say("plot.enough", { times: kith.number(share), name, frames });
  return kith.say("plot.words", { share: kith.number(Math.max(0, Math.round(100 * share))), name, frames });
}

/** @param {string} what @param {number} height */
function bar(what, height) {
  return svg`<line class="bar ${what}" x1="0" x2=${WIDE} y1=${height} y2=${height}></line>`;
}

/** @param {Kith} kith @param {Step[]} steps */
function seconds(kith, steps) {
  const lasted = (Date.parse(steps[steps.length - 1].at) - Date.parse(steps[0].at)) / 1000;
  return kith.say("plot.seconds", { seconds: kith.number(lasted) });
}

plot.styles = css`
  figure { margin: 0; display: grid; gap: 12px; }
  .plot { width: 100%; height: 200px; overflow: visible; border-radius: 14px; background: var(--kith-wash); }
  .plot line, .plot polyline {
    fill: none; stroke-width: 2.5; vector-effect: non-scaling-stroke; stroke-linejoin: round;
  }
  .plot .zero { stroke: var(--kith-line); stroke-width: 1; }
  .plot .bar { stroke-dasharray: 7 6; stroke-width: 1.8; }
  .plot line.name, .plot polyline.name { stroke: var(--kith-accent); }
  .plot line.stranger, .plot polyline.stranger { stroke: var(--kith-warn-ink); }
  /* a line of zero length: a round dot per frame, at any width of the plot */
  .plot .frame {
    stroke: var(--kith-accent); stroke-width: 9; stroke-linecap: round; vector-effect: non-scaling-stroke;
  }
  .legend { display: flex; flex-wrap: wrap; gap: 6px 20px; }
  .legend span { display: inline-flex; align-items: center; gap: 8px; }
  .legend i { width: 22px; border-top: 3px solid; }
  .legend i.bar { border-top: 2px dashed; }
  .legend i.name { color: var(--kith-accent); }
  .legend i.stranger { color: var(--kith-warn-ink); }
`;
