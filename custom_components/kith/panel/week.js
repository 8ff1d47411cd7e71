/** The last week: how visits ended on each day, and how often each person was named, unsure, or missed. */

import { css, html, nothing } from "./vendor/lit.js";
import { Page } from "./page.js";
import { base, cards } from "./styles.js";
import { views } from "./views.js";

/** From the bottom of a bar to its top. @type {("known" | "stranger" | "unsure" | "unusable")[]} */
const OUTCOMES = ["known", "stranger", "unsure", "unusable"];

export class Week extends Page {
  static properties = { found: { state: true } };

  static styles = [
    base,
    cards,
    views.styles,
    css`
      :host { display: grid; gap: 16px; }
      .bars { grid-template-columns: repeat(7, 1fr); gap: 8px; }
      .bars button {
        position: relative; appearance: none; border: 0; background: none; font: inherit; color: inherit;
        cursor: pointer; padding: 4px; display: grid; gap: 6px;
        width: 100%; border-radius: 12px; justify-items: center; font-size: 0.8125rem;
      }
      @media (hover: hover) { .bars button:hover { background: var(--kith-wash); } }
      .bar { height: 160px; width: min(100%, 44px); display: flex; flex-direction: column-reverse; gap: 2px; }
      .bar i { border-radius: 4px; min-height: 3px; }
      .known { background: var(--kith-fill); }
      .stranger { background: var(--kith-warn-ink); }
      .unsure { background: var(--kith-quiet); }
      .unusable { background: color-mix(in srgb, var(--kith-quiet) 40%, transparent); }
      .legend { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 0; }
      .legend span { display: inline-flex; gap: 8px; align-items: center; }
      .legend i { width: 12px; height: 12px; border-radius: 4px; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { text-align: end; padding: 10px 8px; border-top: 1px solid var(--kith-line); font-weight: 400; }
      thead th { border-top: 0; color: var(--kith-quiet); font-size: 0.875rem; vertical-align: bottom; }
      th:first-child { text-align: start; font-weight: 500; overflow-wrap: anywhere; }
    `,
  ];

  constructor() {
    super();
    /** @type {WeekFound | null} */
    this.found = null;
  }

  async load() {
    return this.kith.ask("visits/week");
  }

  /** @param {WeekFound} found */
  take(found) {
    this.found = found;
  }

  show() {
    const { kith, found } = this;
    if (!found) return nothing;
    const most = Math.max(1, ...found.days.map(total));
    return html`
      <h1 class="hidden">${kith.say("nav.visits")}</h1>
      <div>${views(kith, "week")}</div>
      <section class="card stack" aria-labelledby="days">
        <h2 id="days">${kith.say("views.days")}</h2>
        <ul class="bars">${found.days.map((day) => html`<li>${this._day(day, most)}</li>`)}</ul>
        <p class="legend small">
          ${OUTCOMES.map((one) => html`<span><i class=${one}></i>${kith.say(`visits.${one}`)}</span>`)}
        </p>
      </section>
      ${found.people.length ? this._people(found) : nothing}
    `;
  }

  /** @param {WeekDay} day @param {number} most */
  _day(day, most) {
    const { kith } = this;
    const shown = OUTCOMES.filter((one) => day[one]);
    const words = shown.map((one) => `${kith.say(`visits.${one}`)}: ${day[one]}`).join(", ");
    return html`<button @click=${() => this._open(day.day)}>
      <span class="hidden">${kith.day(`${day.day}T12:00:00`)}: ${words || kith.say("views.nobody")}</span>
      <span class="bar" aria-hidden="true">
        ${shown.map((one) => html`<i class=${one} style="height: ${(100 * day[one]) / most}%"></i>`)}
      </span>
      <span aria-hidden="true">${kith.weekday(`${day.day}T12:00:00`)}</span>
      <span class="quiet" aria-hidden="true">${total(day) || "–"}</span>
    </button>`;
  }

  /** @param {string} day */
  _open(day) {
    this.kith.memory.set("day", day);
    this.kith.go("/visits/day");
  }

  /** @param {WeekFound} found */
  _people({ people }) {
    const { kith } = this;
    return html`<section class="card stack" aria-labelledby="people">
      <h2 id="people">${kith.say("views.people")}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col"><span class="hidden">${kith.say("visits.person")}</span></th>
            <th scope="col">${kith.say("views.named")}</th>
            <th scope="col">${kith.say("views.unsure")}</th>
            <th scope="col">${kith.say("views.missed")}</th>
          </tr>
        </thead>
        <tbody>
          ${people.map(
            (one) => html`<tr>
              <th scope="row">${one.name}</th>
              <td>${one.named}</td>
              <td>${one.unsure}</td>
              <td>${one.missed}</td>
            </tr>`,
          )}
        </tbody>
      </table>
      <p class="small quiet">${kith.say("views.tally")}</p>
    </section>`;
  }
}

/** @param {WeekDay} day */
function total(day) {
  return OUTCOMES.reduce((sum, one) => sum + day[one], 0);
}

Week.define("kith-week");
