/** The faces that the owner marked as not somebody, each with a way to take it back. */

import { css, html, nothing, repeat } from "./vendor/lit.js";
import { KithElement, firstClick } from "./element.js";
import { icon } from "./icons.js";
import { base, buttons, cards } from "./styles.js";

export class Marks extends KithElement {
  static properties = {
    person: { attribute: false },
    revision: { type: Number },
    marks: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    css`
      li { display: flex; gap: 12px; align-items: center; justify-content: space-between; }
      li > span { display: grid; gap: 4px; min-width: 0; }
      .doubt { color: var(--kith-warn-ink); }
    `,
  ];

  constructor() {
    super();
    /** @type {Chip | null} only the marks against this person; nothing is shown if there are none */
    this.person = null;
    this.revision = 0;
    /** @type {Mark[]} */
    this.marks = [];
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("person") || changed.has("revision")) this._load();
  }

  async _load() {
    /** @type {{marks: Mark[]} | null} */
    const found = await this.attempt(this.kith.ask("marks/list"));
    if (found) this.marks = found.marks.filter((mark) => !this.person || mark.person_id === this.person.person_id);
  }

  render() {
    const { kith, person, marks } = this;
    if (person && !marks.length) return nothing;
    return html`<section class="card stack" aria-labelledby="marks">
      <h2 id="marks">${person ? kith.say("marks.not", { name: person.name }) : kith.say("marks.title")}</h2>
      <p class="quiet">${kith.say(person ? "marks.not_what" : "marks.what")}</p>
      ${marks.length
        ? html`<ul @click=${firstClick}>
            ${repeat(marks, (mark) => mark.mark_id, (mark) => this._mark(mark))}
          </ul>`
        : html`<p>${kith.say("marks.none")}</p>`}
    </section>`;
  }

  /** @param {Mark} mark */
  _mark(mark) {
    const { kith } = this;
    const what = mark.name ? kith.say("marks.not", { name: mark.name }) : kith.say("marks.stranger");
    return html`<li>
      <span>
        ${this.person ? nothing : html`<strong>${what}</strong>`}
        <span class="small quiet">${mark.words}</span>
        ${mark.looks_like
          ? html`<span class="small doubt">${kith.say("marks.doubt", { name: mark.looks_like })}</span>`
          : nothing}
      </span>
      <button class="button" aria-label=${kith.say("marks.remove", { what: `${what}, ${mark.words}` })}
        @click=${() => this._remove(mark)}>${icon("undo")}${kith.say("marks.take_back")}</button>
    </li>`;
  }

  /** @param {Mark} mark */
  async _remove(mark) {
    const { kith } = this;
    /** @type {Undoable | null} */
    const removed = await this.attempt(kith.ask("marks/remove", { mark_id: mark.mark_id }));
    if (!removed) return;
    const after = () => this.isConnected && this._load();
    kith.undos.offer({ words: kith.say("marks.taken_back"), command: "marks/undo", undo: removed.undo, after });
    await this._load();
  }
}

Marks.define("kith-marks");
