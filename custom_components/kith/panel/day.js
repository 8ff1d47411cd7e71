/** One day's visits as a timeline: a line for each person, and one for each camera. */

import { css, html, live, nothing } from "./vendor/lit.js";
import { input } from "./element.js";
import { icon } from "./icons.js";
import { Page } from "./page.js";
import { base, buttons, cards, forms } from "./styles.js";
import { views } from "./views.js";

/** Hours between two marks. */
const MARKS = 6;
const HOUR = 3_600_000;
/** Percent of the day: a visit of seconds must be seen, and hit. */
const NARROWEST = 0.9;

/** @typedef {{name: string, visits: DayVisit[]}} Line */

export class Day extends Page {
  static properties = { found: { state: true } };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    views.styles,
    css`
      :host { display: grid; gap: 16px; }
      .head { display: flex; flex-wrap: wrap; gap: 12px; align-items: center; justify-content: space-between; }
      .when { display: flex; gap: 4px; align-items: center; flex: 1; justify-content: flex-end; min-width: 240px; }
      .when select { max-width: 260px; background: var(--kith-card); }
      .line { display: grid; grid-template-columns: 112px 1fr; gap: 4px 16px; align-items: center; }
      .line > span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 500; }
      .track {
        position: relative; height: 32px; border-radius: 8px; background: var(--kith-wash); overflow: hidden;
      }
      .track i { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--kith-line); }
      .track a { position: absolute; top: 3px; bottom: 3px; border-radius: 4px; background: var(--kith-quiet); }
      .track a.known { background: var(--kith-fill); z-index: 1; }
      .track a.stranger { background: var(--kith-warn-ink); }
      .track a.unusable { opacity: 0.45; }
      .track a:focus-visible { outline-offset: 0; z-index: 2; }
      .hours { position: relative; height: 20px; font-size: 0.75rem; color: var(--kith-quiet); }
      .hours span { position: absolute; transform: translateX(-50%); }
      .hours span:first-child { transform: none; }
      .hours span:last-child { transform: translateX(-100%); }
      @media (max-width: 560px) { .line { grid-template-columns: minmax(0, 1fr); } .line > :empty { display: none; } }
    `,
  ];

  constructor() {
    super();
    /** @type {DayFound | null} */
    this.found = null;
  }

  async load() {
    const day = this.kith.memory.get("day");
    return this.kith.ask("visits/day", day ? { day } : {});
  }

  /** @param {DayFound} found */
  take(found) {
    this.found = found;
  }

  show() {
    const { kith, found } = this;
    if (!found) return nothing;
    return html`
      <h1 class="hidden">${kith.say("nav.visits")}</h1>
      <div class="head">${views(kith, "day")} ${this._when(found)}</div>
      ${found.visits.length
        ? html`${this._section("people", this._people(found))} ${this._section("cameras", this._cameras(found))}`
        : html`<div class="card empty">
            ${icon("visits")}
            <h2>${kith.say("views.nobody")}</h2>
          </div>`}
    `;
  }

  /** @param {DayFound} found */
  _when({ day, days }) {
    const { kith } = this;
    const known = [...new Set([day, ...days])].sort().reverse();
    const at = known.indexOf(day);
    const step = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string | undefined} */ to) =>
      html`<button class="button text icon" aria-label=${kith.say(label)} ?disabled=${!to}
        @click=${() => to && this._choose(to)}>${icon(name)}</button>`;
    return html`<div class="when">
      ${step("back", "views.earlier", known[at + 1])}
      <select aria-label=${kith.say("visits.day")}
        @change=${(/** @type {Event} */ event) => this._choose(input(event).value)}>
        ${known.map(
          (one) => html`<option value=${one} .selected=${live(one === day)}>${kith.day(`${one}T12:00:00`)}</option>`,
        )}
      </select>
      ${step("next", "views.later", known[at - 1])}
    </div>`;
  }

  /** @param {string} day */
  _choose(day) {
    this.kith.memory.set("day", day);
    this.refresh();
  }

  /** Everybody who was named, then those without a name. @param {DayFound} found @returns {Line[]} */
  _people({ visits }) {
    /** @type {Map<string, Line>} */
    const lines = new Map();
    for (const visit of [...visits].sort((one, other) => rank(one) - rank(other))) {
      const name = visit.name ?? this.kith.say(`visits.${visit.outcome}`);
      lines.set(name, { name, visits: [...(lines.get(name)?.visits ?? []), visit] });
    }
    return [...lines.values()];
  }

  /** @param {DayFound} found @returns {Line[]} */
  _cameras({ visits }) {
    const names = [...new Set(visits.map((visit) => visit.camera))].sort();
    return names.map((name) => ({ name, visits: visits.filter((visit) => visit.camera === name) }));
  }

  /** @param {"people" | "cameras"} what @param {Line[]} lines */
  _section(what, lines) {
    return html`<section class="card stack" aria-labelledby=${what}>
      <h2 id=${what}>${this.kith.say(`views.by_${what}`)}</h2>
      ${lines.map(
        ({ name, visits }) => html`<div class="line" role="group" aria-label=${name}>
          <span>${name}</span>
          <div class="track">${this._marks.map((at) => html`<i style="left: ${at.percent}%"></i>`)}
            ${visits.map((visit) => this._bar(visit))}</div>
        </div>`,
      )}
      <div class="line" aria-hidden="true">
        <span></span>
        <div class="hours">${this._marks.map((at) => html`<span style="left: ${at.percent}%">${at.hour}</span>`)}</div>
      </div>
    </section>`;
  }

  get _bounds() {
    const { begin, end } = /** @type {DayFound} */ (this.found);
    return [Date.parse(begin), Date.parse(end)];
  }

  get _marks() {
    const [from, until] = this._bounds;
    const count = Math.floor((until - from) / HOUR / MARKS);
    return Array.from({ length: count + 1 }, (_, place) => {
      const at = from + place * MARKS * HOUR;
      return { percent: (100 * (at - from)) / (until - from), hour: this.kith.clock(new Date(at).toISOString()) };
    });
  }

  /** @param {DayVisit} visit */
  _bar(visit) {
    const { kith } = this;
    const [from, until] = this._bounds;
    const share = (/** @type {string} */ when) =>
      Math.min(100, Math.max(0, (100 * (Date.parse(when) - from)) / (until - from)));
    const width = Math.max(NARROWEST, share(visit.end) - share(visit.begin));
    const left = Math.min(share(visit.begin), 100 - width);
    const name = visit.name ?? kith.say(`visits.${visit.outcome}`);
    const how = visit.by === "appearance" ? [kith.say("visits.by_appearance")] : [];
    const words = [name, visit.camera, kith.clock(visit.begin), ...how].join(", ");
    return html`<a class=${visit.outcome} href="/kith/visits/${visit.visit_id}" aria-label=${words} title=${words}
      style="left: ${left}%; width: ${width}%"></a>`;
  }
}

const RANKS = ["known", "stranger", "unsure", "unusable"];

/** @param {DayVisit} visit */
function rank(visit) {
  return RANKS.indexOf(visit.outcome);
}

Day.define("kith-day");
