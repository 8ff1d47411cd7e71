/** The card for dashboards: who is here, where, since when, and the last visits. Everybody sees what they may see. */

import { LitElement, css, html, nothing, repeat } from "./vendor/lit.js";
import { icon } from "./icons.js";
import { portrait } from "./picture.js";
import { base, cards, portraits } from "./styles.js";
import { subscribe, watch } from "./subscription.js";
import { HASS, Words, languageOf, localized } from "./words.js";

const TYPE = "kith-card";
/** Visits, unless the dashboard's owner chose another number. */
const VISITS = 4;
/** Milliseconds between renewals: the pictures' addresses work for an hour. */
const RENEWED = 45 * 60_000;

/** @typedef {{title?: string, visits?: number, people?: string[], away?: boolean, strangers?: boolean}} CardConfig */

export class Card extends LitElement {
  static properties = {
    hass: HASS,
    config: { state: true },
    words: { state: true },
    told: { state: true },
    failed: { state: true },
  };

  static styles = [
    base,
    cards,
    portraits,
    css`
      :host { height: 100%; }
      ha-card { display: block; height: 100%; padding: 16px; box-sizing: border-box; overflow: auto; }
      h2 { margin-bottom: 12px; }
      h3 { margin: 16px 0 4px; font-size: 0.875rem; color: var(--kith-quiet); }
      ul { margin: 0 -8px; gap: 0; }
      li button, li .row {
        appearance: none; border: 0; background: none; font: inherit; color: inherit; text-align: start; width: 100%;
        display: flex; gap: 12px; align-items: center; min-height: 48px; padding: 6px 8px; border-radius: 12px;
      }
      li button { cursor: pointer; }
      @media (hover: hover) { li button:hover { background: var(--kith-wash); } }
      .text { display: grid; min-width: 0; flex: 1; }
      .name { font-weight: 500; }
      .text > * { overflow: hidden; text-overflow: ellipsis; }
      .away .portrait { filter: grayscale(1); opacity: 0.7; }
      .mark { display: grid; place-items: center; width: 40px; height: 40px; border-radius: 28%; flex: none; }
      .mark { background: var(--kith-wash); color: var(--kith-quiet); }
      .badge { flex: none; }
    `,
  ];

  constructor() {
    super();
    /** @type {Hass} */
    this.hass = /** @type {any} */ (undefined);
    /** @type {CardConfig} */
    this.config = {};
    /** @type {Words | null} */
    this.words = null;
    /** @type {CardTold | null} */
    this.told = null;
    this.failed = false;
    this._language = "";
    this._asked = Date.now();
    /** @type {(() => void) | undefined} */
    this._stop = undefined;
  }

  static getConfigForm() {
    return form();
  }

  static getStubConfig() {
    return {};
  }

  /** @param {CardConfig} config */
  setConfig(config) {
    this.config = config;
  }

  getCardSize() {
    return 3 + (this.config.visits ?? VISITS);
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, min_rows: 2 };
  }

  connectedCallback() {
    super.connectedCallback();
    this._renewal = setInterval(() => Date.now() - this._asked > RENEWED && this._follow(), 60_000);
    if (this.hass) this._follow();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this._renewal);
    this._stop?.();
    this._stop = undefined;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!this.hass || !changed.has("hass")) return;
    const language = languageOf(this.hass);
    if (language !== this._language) this._speak(language);
    if (!this._stop && this.isConnected) this._follow();
  }

  /** @param {string} language */
  async _speak(language) {
    this._language = language;
    const localize = await localized(this.hass);
    if (language === this._language) this.words = new Words(this.hass, localize);
  }

  _follow() {
    this._stop?.();
    this._asked = Date.now();
    const message = { type: "kith/card/subscribe", language: this.hass.language };
    const listener = (/** @type {CardTold} */ told) => {
      this.told = told;
      this.failed = false;
    };
    this._stop = watch(this.hass, message, listener, () => {
      this.told = null;
      this.failed = true;
    });
  }

  render() {
    const { words, told, config } = this;
    if (!words) return nothing;
    return html`<ha-card>
      ${config.title ? html`<h2>${config.title}</h2>` : nothing}
      ${told?.loaded
        ? html`${this._people(words, told)} ${this._visits(words, told)}`
        : html`<p class="quiet" role="status">${words.say(this._waiting)}</p>`}
    </ha-card>`;
  }

  get _waiting() {
    if (!this.hass.connected) return "common.offline";
    return this.told || this.failed ? "card.off" : "common.loading";
  }

  /** @param {Words} words @param {CardTold} told */
  _people(words, told) {
    const { people: chosen, away = true } = this.config;
    const people = told.people
      .filter((one) => !chosen?.length || chosen.includes(one.person_id))
      .filter((one) => away || one.present)
      .sort((one, other) => Number(other.present) - Number(one.present));
    if (!people.length) return html`<p class="quiet">${words.say("card.nobody")}</p>`;
    return html`<ul aria-label=${words.say("card.people")}>
      ${repeat(people, (one) => one.person_id, (one) => html`<li>${this._person(words, one)}</li>`)}
    </ul>`;
  }

  /** @param {Words} words @param {CardPerson} person */
  _person(words, person) {
    const { name, present, since, last_seen: last, camera, by_appearance: followed } = person;
    const seen = last ? words.moment(last) : words.say("people.never_seen");
    const when = present && since ? words.say("card.since", { when: words.lately(since) }) : seen;
    const where = line(when, camera, followed && words.say("visits.by_appearance"));
    return html`<button class=${present ? "" : "away"} @click=${() => this._more(person.entity_id)}>
      ${portrait(person.picture, name, 40)}
      <span class="text"><span class="name">${name}</span><span class="small quiet">${where}</span></span>
      <span class="badge ${present ? "good" : ""}">${words.say(present ? "people.here" : "card.away")}</span>
    </button>`;
  }

  /** @param {Words} words @param {CardTold} told */
  _visits(words, told) {
    const { visits: most = VISITS, strangers = true, people } = this.config;
    const visits = told.visits
      .filter((one) => (one.person_id ? !people?.length || people.includes(one.person_id) : strangers))
      .slice(0, most);
    if (!visits.length) return nothing;
    return html`<h3>${words.say("card.visits")}</h3>
      <ul>
        ${repeat(visits, (one) => one.visit_id, (one) => html`<li>${this._visit(words, one)}</li>`)}
      </ul>`;
  }

  /** @param {Words} words @param {CardVisit} visit */
  _visit(words, visit) {
    const name = visit.name ?? words.say(`visits.${visit.outcome}`);
    const followed = visit.by === "appearance" && words.say("visits.by_appearance");
    const inside = html`
      ${visit.picture || visit.name
        ? portrait(visit.picture, visit.name, 40)
        : html`<span class="mark">${icon(visit.outcome === "unsure" ? "unsure" : "person")}</span>`}
      <span class="text">
        <span class="name">${name}</span>
        <span class="small quiet">${line(words.moment(visit.begin), visit.camera, followed)}</span>
      </span>
    `;
    if (!this.hass.user?.is_admin) return html`<div class="row">${inside}</div>`;
    return html`<button @click=${() => this._open(visit.visit_id)}>${inside}${icon("next")}</button>`;
  }

  /** @param {string | null} entityId */
  _more(entityId) {
    if (!entityId) return;
    this.dispatchEvent(new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail: { entityId } }));
  }

  /** The page is for administrators. @param {string} visitId */
  _open(visitId) {
    history.pushState(null, "", `/kith/visits/${visitId}`);
    window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
  }
}

/** @param {(string | false | null)[]} parts */
function line(...parts) {
  return parts.filter(Boolean).join(" · ");
}

/** Home Assistant's first element has what is needed here: the editor asks before there is a card. */
function home() {
  const root = /** @type {unknown} */ (document.querySelector("home-assistant"));
  return /** @type {{hass: Hass}} */ (root).hass;
}

/** For Home Assistant's own editor. @returns {Promise<object>} schema, computeLabel, and computeHelper */
async function form() {
  const hass = home();
  const [localize, people] = await Promise.all([localized(hass), visible(hass)]);
  const words = new Words(hass, localize);
  return {
    schema: [
      { name: "title", selector: { text: {} } },
      { name: "people", selector: { select: { multiple: true, options: people } } },
      { name: "away", default: true, selector: { boolean: {} } },
      { name: "visits", default: VISITS, selector: { number: { min: 0, max: 20, mode: "box" } } },
      { name: "strangers", default: true, selector: { boolean: {} } },
    ],
    computeLabel: (/** @type {{name: string}} */ { name }) => words.say(`card_form.${name}`),
    computeHelper: (/** @type {{name: string}} */ { name }) =>
      name === "people" ? words.say("card_form.people_help") : undefined,
  };
}

/** The people whom the user may see, to choose from. @param {Hass} hass */
async function visible(hass) {
  const asked = { type: "kith/card/subscribe", language: hass.language };
  /** @type {(told: Pick<CardTold, "people">) => void} */
  let tell = () => undefined;
  /** @type {Promise<Pick<CardTold, "people">>} */
  const told = new Promise((resolve) => (tell = resolve));
  const stop = subscribe(hass, asked, tell, () => tell({ people: [] }));
  const { people } = await told;
  stop();
  return people.map((one) => ({ value: one.person_id, label: one.name }));
}

if (!customElements.get(TYPE)) {
  customElements.define(TYPE, Card);
  /** @type {any} */ (window).customCards ??= [];
  const offered = { type: TYPE, name: "Kith", description: "Who is here, and who came last", preview: true };
  /** @type {any} */ (window).customCards.push(offered);
}
