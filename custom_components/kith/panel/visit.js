/** One visit: why it ended as it did, and how to correct it. */

import { css, html, nothing } from "./vendor/lit.js";
import "./newcomer.js";
import { icon } from "./icons.js";
import { Page } from "./page.js";
import { portrait } from "./picture.js";
import { plot } from "./plot.js";
import { base, buttons, cards, forms, portraits } from "./styles.js";

/** Whose visit it was: as the owner said, or else as Kith did. @param {Visit} visit */
export function whose({ corrected, person_id, name }) {
  return corrected ? { person_id: corrected.person_id, name: corrected.to } : { person_id, name };
}

export class VisitPage extends Page {
  static properties = { visit: { state: true }, people: { state: true }, busy: { state: true } };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    portraits,
    plot.styles,
    css`
      :host { display: grid; gap: 16px; }
      .head { display: flex; gap: 20px; align-items: center; }
      .head > div { display: grid; gap: 6px; min-width: 0; }
      .head h1 { font-size: 1.75rem; font-weight: 400; line-height: 1.2; }
      .who { gap: 8px; }
      .who .button { width: 100%; justify-content: flex-start; padding: 0 16px 0 6px; min-height: 52px; }
      .who .button .glyph { margin: 0 10px; }
    `,
  ];

  constructor() {
    super();
    /** @type {Explained | null} */
    this.visit = null;
    /** @type {PersonSummary[]} */
    this.people = [];
    this.busy = false;
    this._create = (/** @type {import("./newcomer.js").Named} */ named) => this._say("visits/create", named);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has("setup")) this._fetchPeople();
  }

  /** For their portraits, if possible: few visits have a picture of their own. */
  async _fetchPeople() {
    /** @type {Promise<{people: PersonSummary[]}>} */
    const known = this.kith.ask("people/list");
    this.people = (await known.catch(() => this)).people;
  }

  /** @returns {Promise<Explained>} */
  load() {
    return this.kith.ask("visits/explain", { visit_id: this.subject });
  }

  /** @param {Explained} visit */
  take(visit) {
    this.visit = visit;
  }

  show() {
    const { kith, visit } = this;
    if (!visit) return nothing;
    return html`
      <div><a class="button text" href="/kith/visits">${icon("back")}${kith.say("visit.all")}</a></div>
      ${this._head(visit)}
      <section class="card stack" aria-labelledby="why">
        <h2 id="why">${kith.say("visit.why")}</h2>
        <ul class="facts">
          ${this._sentences(visit).map((sentence) => html`<li>${sentence}</li>`)}
          <li>${kith.count("visit.frames", visit.frames)}</li>
        </ul>
        ${visit.steps.length ? plot(kith, visit) : html`<p class="small quiet">${kith.say("visit.no_steps")}</p>`}
      </section>
      ${visit.refused.length ? this._refused(visit) : nothing}
      <section class="card stack" aria-labelledby="opinion">
        <h2 id="opinion">${kith.say("visit.opinion")}</h2>
        <div class="note">
          ${icon(visit.opinion ? "send" : "shield")}
          <p>${visit.opinion ? visit.opinion.words : kith.say("visit.no_opinion")}</p>
        </div>
      </section>
      <div class="actions">
        <button class="button text" @click=${this._delete}>${icon("erase")}${kith.say("visit.delete")}</button>
      </div>
      ${this._dialog(visit)}
      <kith-newcomer .kith=${kith} .picture=${visit.picture} .add=${this._create}></kith-newcomer>
    `;
  }

  /** Each sentence once; the second opinion is shown below. @param {Explained} visit */
  _sentences({ sentences, opinion }) {
    return [...new Set(sentences)].filter((sentence) => sentence !== opinion?.words);
  }

  /** @param {Explained} visit */
  _head(visit) {
    const { kith } = this;
    const { name } = whose(visit);
    return html`<div class="head">
        ${this._portrait(visit)}
        <div>
          <h1>${name ?? kith.say(`visits.${visit.outcome}`)}</h1>
          ${visit.by === "appearance"
            ? html`<span><span class="badge">${kith.say("visits.by_appearance")}</span></span>`
            : nothing}
          <span class="quiet">${kith.span(visit.begin, visit.end)} · ${visit.camera}</span>
        </div>
      </div>
      ${visit.corrected
        ? html`<div class="note">
            ${icon("check")}
            <p>${kith.say("visit.corrected", { to: visit.corrected.to })}</p>
          </div>`
        : nothing}
      ${this._correction(visit)}`;
  }

  /** @param {Explained} visit */
  _correction({ outcome, name, corrected }) {
    if (outcome === "unusable" && !name && !corrected) return nothing;
    return html`<div class="actions">
      <button class="button ${name ? "" : "primary"}" @click=${this._ask}>
        ${this.kith.say(name ? "visit.wrong" : "visit.was_somebody")}
      </button>
    </div>`;
  }

  /** @param {Explained} visit */
  _portrait(visit) {
    const { person_id: now, name } = whose(visit);
    if (visit.picture) return portrait(visit.picture, name, 112, this.kith.say("visit.face"));
    return portrait(this.people.find((one) => one.person_id === now)?.portrait, name, 112);
  }

  /** @param {Explained} visit */
  _refused(visit) {
    return html`<section class="card stack" aria-labelledby="refused">
      <h2 id="refused">${this.kith.say("visit.refused")}</h2>
      <ul class="facts">
        ${visit.refused.map((one) => html`<li>${one.words}</li>`)}
      </ul>
    </section>`;
  }

  /** @param {Explained} visit */
  _dialog(visit) {
    const { kith } = this;
    const { person_id: now, name } = whose(visit);
    const others = this.people.filter((person) => person.recognized && person.person_id !== now);
    const strange = !now && (visit.corrected || visit.outcome === "stranger");
    return html`<dialog id="wrong" aria-labelledby="wrong-title">
      <div class="body">
        <h2 id="wrong-title">${kith.say("visit.who_was_it")}</h2>
        <ul class="who">
          ${strange
            ? nothing
            : html`<li>
                <button class="button" ?disabled=${this.busy} @click=${() => this._correct(null)}>
                  ${icon("person")}
                  ${now && name ? kith.say("visit.not_them", { name }) : kith.say("visit.a_stranger")}
                </button>
              </li>`}
          ${others.map(
            (person) => html`<li>
              <button class="button" ?disabled=${this.busy} @click=${() => this._correct(person.person_id)}>
                ${portrait(person.portrait, person.name, 40)}${person.name}
              </button>
            </li>`,
          )}
          <li>
            <button class="button" ?disabled=${this.busy} @click=${this._new}>
              ${icon("plus")}${kith.say("inbox.new_person")}
            </button>
          </li>
        </ul>
        <div class="actions">
          <button class="button text" @click=${() => this.dialog("wrong").close()}>${kith.say("common.cancel")}</button>
        </div>
      </div>
    </dialog>`;
  }

  async _delete() {
    /** @type {Undoable | null} */
    const answer = await this.attempt(this.kith.ask("visits/delete", { visit_id: this.subject }));
    if (!answer) return;
    this.kith.undos.offer({ words: this.kith.say("visit.deleted"), command: "visits/undo", undo: answer.undo });
    this.kith.go("/visits", true);
  }

  async _ask() {
    /** @type {{people: PersonSummary[]} | null} */
    const found = await this.attempt(this.kith.ask("people/list"));
    if (!found) return;
    this.people = found.people;
    await this.updateComplete;
    this.dialog("wrong").showModal();
  }

  /** @param {string | null} personId */
  async _correct(personId) {
    await this.attempt(this._say("visits/correct", { person_id: personId }));
    this.dialog("wrong").close();
  }

  _new() {
    this.dialog("wrong").close();
    /** @type {import("./newcomer.js").Newcomer} */ (this.renderRoot.querySelector("kith-newcomer")).open();
  }

  /** Says whose visit it was, and whether that was taken. @param {string} command @param {object} whose */
  async _say(command, whose) {
    this.busy = true;
    /** @type {(Undoable & {words: string}) | null} */
    const answer = await this.insist(command, { visit_id: this.subject, ...whose }).finally(() => (this.busy = false));
    if (!answer) return false;
    const after = () => this.isConnected && this.refresh();
    this.kith.undos.offer({ words: answer.words, command: "visits/undo", undo: answer.undo, after });
    this.refresh();
    return true;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const path = /** @type {HTMLElement[]} */ (event.composedPath());
    if (event.key === "Escape" && !path.some((one) => one.matches?.("dialog"))) this.kith.go("/visits");
  }
}

VisitPage.define("kith-visit");
