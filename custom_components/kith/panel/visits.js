/** The visits by day, person, and camera, newest first. */

import { css, html, live, nothing, repeat } from "./vendor/lit.js";
import "./day.js";
import "./week.js";
import { input } from "./element.js";
import { icon } from "./icons.js";
import { Page } from "./page.js";
import { portrait } from "./picture.js";
import { recordingButton } from "./recording.js";
import { base, buttons, cards, forms, portraits } from "./styles.js";
import { views } from "./views.js";
import { whose } from "./visit.js";

const PAGE = 50;

/** @typedef {{day: string, person_id: string, camera_id: string}} Filter */

export class Visits extends Page {
  static properties = { found: { state: true }, filter: { state: true }, choices: { state: true } };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    portraits,
    views.styles,
    css`
      :host { display: grid; gap: 16px; }
      .filters { display: grid; gap: 8px; grid-template-columns: repeat(3, 1fr); }
      .filters label { font-size: 0.8125rem; padding-left: 4px; min-width: 0; }
      .filters select { background: var(--kith-card); text-overflow: ellipsis; padding: 0 8px; }
      h2 { font-size: 1rem; margin: 12px 8px 8px; }
      section:first-of-type h2 { margin-top: 4px; }
      ul.card { display: block; padding: 4px; overflow: hidden; }
      li { content-visibility: auto; contain-intrinsic-block-size: auto 84px; }
      li + li a::before {
        content: ""; position: absolute; top: 0; right: 12px; left: 88px; border-top: 1px solid var(--kith-line);
      }
      li a {
        position: relative; display: flex; gap: 16px; align-items: center; padding: 10px 12px; min-height: 76px;
        color: inherit; text-decoration: none; border-radius: 14px;
      }
      li a:focus-visible { outline-offset: -3px; }
      @media (hover: hover) { li a:hover { background: var(--kith-wash); } }
      .text { display: grid; gap: 2px; flex: 1; min-width: 0; }
      .name { font-weight: 500; display: flex; gap: 8px; flex-wrap: wrap; align-items: center; }
      .mark { display: grid; place-items: center; width: 56px; height: 56px; flex: none; border-radius: 28%; }
      .mark { background: var(--kith-wash); color: var(--kith-quiet); }
      .mark .glyph { width: 26px; height: 26px; stroke-width: 1.5; }
      li a > .glyph { color: var(--kith-quiet); }
    `,
  ];

  constructor() {
    super();
    /** @type {VisitsList | null} */
    this.found = null;
    /** @type {Filter} */
    this.filter = { day: "", person_id: "", camera_id: "" };
    /** @type {{people: Chip[], cameras: Camera[]}} */
    this.choices = { people: [], cameras: [] };
    this._refused = false;
  }

  connectedCallback() {
    super.connectedCallback();
    this.filter = this.kith.memory.get("visits") ?? this.filter;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has("setup") || (this._refused && changed.has("revision"))) this._fetchChoices();
  }

  /** Keeps what was there of what is refused: Kith may be reloading. */
  async _fetchChoices() {
    const [people, cameras] = await Promise.allSettled([
      /** @type {Promise<{people: Chip[]}>} */ (this.kith.ask("people/list")),
      /** @type {Promise<CamerasList>} */ (this.kith.ask("cameras/list")),
    ]);
    this._refused = people.status === "rejected" || cameras.status === "rejected";
    this.choices = {
      people: people.status === "fulfilled" ? people.value.people : this.choices.people,
      cameras: cameras.status === "fulfilled" ? cameras.value.cameras : this.choices.cameras,
    };
  }

  /** @returns {Promise<VisitsList>} */
  async load() {
    const shown = this.found?.visits.length ?? 0;
    /** @type {VisitsList} */
    let found = await this._ask(null);
    while (found.cursor && found.visits.length < shown) found = await this._next(found);
    return found;
  }

  /** @param {VisitsList} found */
  take(found) {
    this.found = found;
  }

  /** @param {string | null} cursor @returns {Promise<VisitsList>} */
  _ask(cursor) {
    const filter = Object.fromEntries(Object.entries(this.filter).filter(([, value]) => value));
    return this.kith.ask("visits/list", { ...filter, limit: PAGE, ...(cursor ? { cursor } : {}) });
  }

  /** @param {VisitsList} found */
  async _next(found) {
    const more = await this._ask(found.cursor);
    const known = new Set(found.visits.map((visit) => visit.visit_id));
    return { ...more, visits: [...found.visits, ...more.visits.filter((visit) => !known.has(visit.visit_id))] };
  }

  async _more() {
    if (!this.found) return;
    const more = await this.attempt(this._next(this.found));
    if (more) this.found = more;
  }

  show() {
    const { kith, found } = this;
    if (!found) return nothing;
    return html`
      <h1 class="hidden">${kith.say("nav.visits")}</h1>
      <div>${views(kith, "list")}</div>
      ${this._filters(found)}
      <div>
        ${found.visits.length ? this._days(found) : this._empty()}
        <p class="hidden" role="status">${kith.count("visits.found", found.total)}</p>
      </div>
      ${found.cursor
        ? html`<div><button class="button" @click=${this._more}>${kith.say("visits.more")}</button></div>`
        : nothing}
      ${recordingButton(kith, this.choices.cameras, () => this.refresh())}
    `;
  }

  _empty() {
    const { kith } = this;
    const chosen = Object.values(this.filter).some(Boolean);
    return html`<div class="card empty">
      ${icon("visits")}
      <h2>${kith.say(chosen ? "visits.none_chosen_title" : "visits.none_title")}</h2>
      <p>${kith.say(chosen ? "visits.none_chosen" : "visits.none")}</p>
      ${chosen
        ? html`<button class="button primary" @click=${() => this._choose({ day: "", person_id: "", camera_id: "" })}>
            ${kith.say("visits.show_all")}
          </button>`
        : nothing}
    </div>`;
  }

  /** @param {VisitsList} found */
  _filters(found) {
    const { kith } = this;
    const days = found.days.map((one) => ({ value: one.day, name: kith.day(`${one.day}T12:00:00`) }));
    const people = this.choices.people.map((one) => ({ value: one.person_id, name: one.name }));
    const cameras = this.choices.cameras.map((one) => ({ value: one.camera_id, name: one.name }));
    return html`<div class="filters" role="group" aria-label=${kith.say("visits.filters")}>
      ${this._filter("day", kith.say("visits.day"), kith.say("visits.every_day"), days)}
      ${this._filter("person_id", kith.say("visits.person"), kith.say("visits.everybody"), people)}
      ${this._filter("camera_id", kith.say("visits.camera"), kith.say("visits.everywhere"), cameras)}
    </div>`;
  }

  /**
   * @param {keyof Filter} key
   * @param {string} label
   * @param {string} all
   * @param {{value: string, name: string}[]} choices
   */
  _filter(key, label, all, choices) {
    const now = this.filter[key];
    const change = (/** @type {Event} */ event) =>
      this._choose({ ...this.filter, [key]: input(event).value });
    return html`<label class="field">
      ${label}
      <select @change=${change}>
        <option value="" .selected=${live(!now)}>${all}</option>
        ${choices.map(
          (one) => html`<option value=${one.value} .selected=${live(one.value === now)}>${one.name}</option>`,
        )}
      </select>
    </label>`;
  }

  /** @param {Filter} filter */
  _choose(filter) {
    this.filter = filter;
    this.kith.memory.set("visits", filter);
    this.found = this.found && { ...this.found, visits: this.found.visits.slice(0, PAGE) };
    this.refresh();
  }

  /** @param {VisitsList} found */
  _days(found) {
    const { kith } = this;
    /** @type {Map<string, Visit[]>} */
    const days = new Map();
    for (const visit of found.visits) {
      const day = kith.isoDay(visit.begin);
      days.set(day, [...(days.get(day) ?? []), visit]);
    }
    return [...days.values()].map(
      (visits) => html`<section aria-label=${kith.day(visits[0].begin)}>
        <h2>${kith.day(visits[0].begin)}</h2>
        <ul class="card">
          ${repeat(visits, (visit) => visit.visit_id, (visit) => html`<li>${this._row(visit)}</li>`)}
        </ul>
      </section>`,
    );
  }

  /** @param {Visit} visit */
  _row(visit) {
    const { kith } = this;
    return html`<a href="/kith/visits/${visit.visit_id}">
      ${face(visit, this.choices.people)}
      <span class="text">
        <span class="name">
          ${whose(visit).name ?? kith.say(`visits.${visit.outcome}`)}
          ${badge(kith, visit)}
        </span>
        <span class="small quiet">${kith.clock(visit.begin)} · ${visit.camera}</span>
        <span class="small quiet">${visit.words}</span>
      </span>
      ${icon("next")}
    </a>`;
  }
}

/** @type {Record<string, string>} */
const MARKS = { known: "person", stranger: "person", likely: "unsure", unsure: "unsure", unusable: "unseen" };

/**
 * The kept face, or else the person's portrait, or else an icon for the outcome.
 * @param {Visit} visit
 * @param {Chip[]} people
 * @param {number} [size]
 */
export function face(visit, people, size = 56) {
  const { person_id: now, name } = whose(visit);
  const picture = visit.picture ?? people.find((one) => one.person_id === now)?.portrait;
  if (picture || now) return portrait(picture, name, size);
  return html`<span class="mark">${icon(visit.corrected ? "person" : MARKS[visit.outcome])}</span>`;
}

/** If it is not what a face said. @param {Kith} kith @param {Visit} visit */
function badge(kith, { corrected, by }) {
  if (!corrected && by !== "appearance") return nothing;
  return html`<span class="badge">${kith.say(corrected ? "visits.corrected" : "visits.by_appearance")}</span>`;
}

Visits.define("kith-visits");
