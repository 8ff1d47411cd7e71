/** The people whom Kith knows, and how well it tells them apart. */

import { css, html, nothing, repeat, svg } from "./vendor/lit.js";
import "./flow.js";
import { icon } from "./icons.js";
import { Page } from "./page.js";
import { stateBadge } from "./person.js";
import { portrait } from "./picture.js";
import { base, buttons, cards, portraits } from "./styles.js";

const DOTS = 100;
const SIDE = 10;

export class People extends Page {
  static properties = { people: { state: true }, figures: { state: true } };

  static styles = [
    base,
    buttons,
    cards,
    portraits,
    css`
      :host { display: grid; gap: 24px; }
      ul { grid-template-columns: repeat(auto-fill, minmax(min(100%, 164px), 1fr)); }
      @media (max-width: 480px) { ul { grid-template-columns: 1fr 1fr; gap: 8px; } }
      a.card {
        display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; padding: 12px;
        height: 100%; align-content: start;
        color: inherit; text-decoration: none; transition: transform 0.15s;
      }
      @media (hover: hover) { a.card:hover { transform: translateY(-2px); } }
      a.card .portrait { border-radius: 20px; height: auto; aspect-ratio: 1; font-size: 3rem; }
      a.card .text { display: grid; gap: 4px; padding: 0 6px 6px; }
      .row { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; }
      .row h2 { font-size: 1.125rem; }
      .figures { display: grid; gap: 24px 32px; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); }
      .figures figure { margin: 0; display: grid; gap: 12px; align-content: start; justify-items: start; }
      .figures .drawn { display: flex; align-items: center; height: 120px; }
      .figures svg.dots { width: 120px; }
      .dots .perhaps { fill: color-mix(in srgb, var(--kith-warn-ink) 40%, transparent); }
      .dots .miss { fill: var(--kith-warn-ink); }
      .dots .hit { fill: var(--kith-accent); }
      .pair { display: flex; align-items: center; }
      .pair .portrait:last-of-type { margin-left: -16px; box-shadow: 0 0 0 4px var(--kith-card); }
      @media (max-width: 480px) { .figures .drawn { height: auto; } .figures svg.drawn { width: 96px; } }
      strong.big { font-size: 3rem; font-weight: 300; line-height: 1; font-variant-numeric: tabular-nums; }
    `,
  ];

  constructor() {
    super();
    /** @type {PersonSummary[]} */
    this.people = [];
    /** @type {Figures | null} */
    this.figures = null;
  }

  async load() {
    return this.kith.ask("people/list");
  }

  /** @param {{people: PersonSummary[], figures: Figures}} found */
  take(found) {
    this.people = found.people;
    this.figures = found.figures;
  }

  show() {
    return html`${this.people.length ? this._list() : this._empty()}
      <kith-import-people .kith=${this.kith} @done=${this.refresh}></kith-import-people>`;
  }

  _list() {
    const { kith } = this;
    return html`
      <h1 class="hidden">${kith.say("nav.people")}</h1>
      <ul>
        ${repeat(this.people, (person) => person.person_id, (person) => html`<li>${this._card(person)}</li>`)}
      </ul>
      ${this.figures?.photos ? figures(kith, this.figures, this.people) : nothing}
      <div class="actions">
        <button class="button" @click=${this._add}>${icon("plus")}${kith.say("people.add")}</button>
        ${this._importing()}
      </div>
      <kith-flow .kith=${kith} @done=${this._added}></kith-flow>
    `;
  }

  _empty() {
    const { kith } = this;
    return html`<div class="card empty">
      ${icon("people")}
      <h2>${kith.say("people.none_title")}</h2>
      <p>${kith.say("people.none")}</p>
      <button class="button primary" @click=${this._add}>${kith.say("people.add")}</button>
      ${this._importing()}
      <kith-flow .kith=${kith} @done=${this._added}></kith-flow>
    </div>`;
  }

  _importing() {
    const open = async () => {
      await import("./import_people.js"); // few homes have anything to import
      /** @type {import("./import_people.js").ImportPeople} */ (
        this.renderRoot.querySelector("kith-import-people")
      ).open();
    };
    return html`<button class="button" @click=${open}>
      ${icon("upload")}${this.kith.say("import.open")}
    </button>`;
  }

  _add() {
    this.form({ type: "person", until: "photos" });
  }

  /** Photos are added on the person's own page. @param {CustomEvent<string | null>} event */
  async _added(event) {
    await this.refresh();
    const added = this.people.find((person) => person.name === event.detail);
    if (added) this.kith.go(`/people/${added.person_id}`);
  }

  /** @param {PersonSummary} person */
  _card(person) {
    const { kith } = this;
    return html`<a class="card" href="/kith/people/${person.person_id}">
      ${portrait(person.portrait, person.name, "100%")}
      <span class="text">
        <span class="row">
          <h2>${person.name}</h2>
          ${person.present ? html`<span class="badge good">${kith.say("people.here")}</span>` : nothing}
        </span>
        <span class="small quiet">${kith.seen(person)}</span>
        ${stateBadge(kith, person)}
      </span>
    </a>`;
  }
}

/**
 * The gallery's key figures: how many of a hundred pictures stay unnamed, within what is known, and who is most alike.
 * @param {Kith} kith
 * @param {Figures} told
 * @param {PersonSummary[]} people
 */
function figures(kith, told, people) {
  return html`<section class="card stack" aria-labelledby="figures">
    <h2 id="figures">${kith.say("people.figures")}</h2>
    <div class="figures">
      ${told.expected_misses === null ? nothing : misses(kith, told.expected_misses)}
      ${told.closest ? closest(kith, told.closest, people) : nothing}
      ${told.expected_false === null
        ? nothing
        : html`<figure>
            <strong class="big drawn">${kith.percent(told.expected_false)}</strong>
            <figcaption>${kith.say("people.falsely")}</figcaption>
          </figure>`}
    </div>
    <p class="small quiet">${told.words}</p>
  </section>`;
}

/** @param {Kith} kith @param {NonNullable<Figures["expected_misses"]>} share in percent */
function misses(kith, { least, most }) {
  const words = kith.say("people.misses", { least, most });
  const dots = Array.from({ length: DOTS }, (_, place) => {
    const [column, row] = [place % SIDE, Math.floor(place / SIDE)];
    const kind = place < DOTS - most ? "hit" : place < DOTS - least ? "perhaps" : "miss";
    return svg`<circle class=${kind} cx=${6 + column * 12} cy=${6 + row * 12} r="4"></circle>`;
  });
  return html`<figure>
    <svg class="dots drawn" viewBox="0 0 120 120" role="img" aria-label=${words}>${dots}</svg>
    <figcaption>${words}</figcaption>
  </figure>`;
}

/**
 * @param {Kith} kith
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

People.define("kith-people");
