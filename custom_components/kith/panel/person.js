/** One person: photos, advice, consent, and how to be forgotten. */

import { css, html, nothing, repeat } from "./vendor/lit.js";
import "./flow.js";
import "./photo_upload.js";
import "./marks.js";
import "./merge_and_forget.js";
import { firstClick } from "./element.js";
import { icon } from "./icons.js";
import { Page } from "./page.js";
import { hide, portrait, show } from "./picture.js";
import { base, buttons, cards, portraits } from "./styles.js";

/**
 * What Kith does not do about this person, or could do better.
 * @param {Kith} kith
 * @param {Pick<PersonSummary, "recognized" | "avoided" | "enrolled" | "nameable" | "advice">} person
 */
export function stateBadge(kith, { recognized, avoided, enrolled, nameable, advice }) {
  const badge = (/** @type {string} */ words, kind = "warn") =>
    html`<span><span class="badge ${kind}">${kith.say(`people.${words}`)}</span></span>`;
  if (avoided) return enrolled ? badge("avoided", "") : badge("avoided_needs_photo");
  if (!recognized) return badge("not_agreed", "");
  if (!enrolled) return badge("no_photos");
  if (!nameable) return badge("needs_photos");
  return advice.length ? badge("advice") : nothing;
}

export class PersonPage extends Page {
  static properties = { person: { state: true }, trials: { state: true }, busy: { state: true } };

  static styles = [
    base,
    buttons,
    cards,
    portraits,
    css`
      :host { display: grid; gap: 16px; }
      .head { display: flex; gap: 20px; align-items: center; }
      .head h1 { font-size: 1.75rem; font-weight: 400; line-height: 1.2; }
      .head > div { display: grid; gap: 6px; min-width: 0; }
      .photos {
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 148px), 1fr));
      }
      @media (max-width: 480px) { .photos { grid-template-columns: 1fr 1fr; } }
      .photos li { display: grid; gap: 8px; align-content: start; }
      .photo {
        position: relative; aspect-ratio: 1; border-radius: 20px; overflow: hidden; background: var(--kith-tint);
        display: grid; place-items: center; color: var(--kith-accent);
      }
      .photo .glyph { width: 40px; height: 40px; stroke-width: 1.3; }
      .photo img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
      .photo img.gone { display: none; }
      .photo .button {
        position: absolute; right: 6px; bottom: 6px; min-height: 44px; color: #fff; background: #0009;
      }
      .photo .button .glyph { width: 20px; height: 20px; stroke-width: 1.8; }
      .badges { display: flex; flex-wrap: wrap; gap: 6px; }
      .two { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); }
      .two > .card { align-content: start; }
      .two > :last-child:nth-child(odd) { grid-column: 1 / -1; }
    `,
  ];

  constructor() {
    super();
    /** @type {Person | null} */
    this.person = null;
    /** @type {Map<string, Trial>} the last test's results by template */
    this.trials = new Map();
    this.busy = false;
    this._leaving = false;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("subject")) this._leaving = false;
    super.willUpdate(changed);
  }

  /** Does nothing while the proof of forgetting is shown. */
  async refresh() {
    if (!this._leaving) await super.refresh();
  }

  async load() {
    return this.kith.ask("people/get", { person_id: this.subject });
  }

  /** @param {Person} found */
  take(found) {
    this.person = found;
  }

  show() {
    const { kith, person } = this;
    if (!person) return nothing;
    return html`
      <div><a class="button text" href="/kith/people">${icon("back")}${kith.say("person.all")}</a></div>
      ${this._head(person)} ${this._photos(person)}
      <kith-photo-upload .kith=${kith} .person=${person} @changed=${this.refresh}></kith-photo-upload>
      <div class="two">${this._help(person)} ${this._test(person)} ${this._consent(person)}</div>
      <kith-marks .kith=${kith} .person=${person}></kith-marks>
      <kith-merge-and-forget .kith=${kith} .person=${person} @changed=${this.refresh}
        @leaving=${this._leave}></kith-merge-and-forget>
    `;
  }

  /** @param {Person} person */
  _head(person) {
    const { kith } = this;
    return html`<div class="head">
      ${portrait(person.portrait, person.name, 112)}
      <div>
        <h1>${person.name}</h1>
        <span class="quiet">${kith.seen(person)}</span>
        <span class="badges">
          ${person.present ? html`<span class="badge good">${kith.say("people.here")}</span>` : nothing}
          ${stateBadge(kith, person)}
        </span>
      </div>
    </div>`;
  }

  /** @param {Person} person */
  _photos(person) {
    const { kith } = this;
    const photos = person.photos;
    return html`<section class="card stack" aria-labelledby="photos">
      <h2 id="photos">${photos.length ? kith.count("person.photos", photos.length) : kith.say("person.no_photos")}</h2>
      ${photos.some((photo) => !photo.picture) && photos.length
        ? html`<p class="small quiet">${kith.say("person.unseen")}</p>`
        : nothing}
      <ul class="photos" @click=${firstClick}>
        ${repeat(photos, (photo) => photo.template_id, (photo) => this._photo(photo, person))}
      </ul>
    </section>`;
  }

  /** @param {Photo} photo @param {Person} person */
  _photo(photo, person) {
    const { kith } = this;
    const trial = this.trials.get(photo.template_id);
    return html`<li>
      <div class="photo">
        ${icon("person")}
        ${photo.picture
          ? html`<img src=${photo.picture} alt=${kith.say("person.photo", { name: person.name })} loading="lazy"
              @error=${hide} @load=${show} />`
          : nothing}
        <button class="button icon" aria-label=${kith.say("person.remove", { what: photo.words })}
          @click=${() => this._remove(photo)}>${icon("erase")}</button>
      </div>
      ${photo.double_of || photo.weak
        ? html`<span class="badges">
            <span class="badge warn">${kith.say(photo.double_of ? "person.double" : "person.weak")}</span>
          </span>`
        : nothing}
      <span class="small quiet">${photo.words}</span>
      ${trial
        ? html`<span class="badges"><span class="badge ${trial.outcome === "known" ? "good" : "warn"}">
              ${icon(trial.outcome === "known" ? "check" : "alert")}</span></span>
            <span class="small">${trial.words}</span>`
        : nothing}
    </li>`;
  }

  /** @param {Person} person */
  _help(person) {
    const { kith } = this;
    const wishes = [...person.advice, ...person.missing];
    return html`<section class="card stack" aria-labelledby="help">
      <h2 id="help">${kith.say("person.help")}</h2>
      ${wishes.length
        ? html`<ul class="facts">${wishes.map((wish) => html`<li>${wish}</li>`)}</ul>`
        : html`<p class="quiet">${kith.say("person.nothing_missing")}</p>`}
      ${person.look_alike ? html`<div class="note">${icon("people")}<p>${person.look_alike.words}</p></div>` : nothing}
    </section>`;
  }

  /** @param {Person} person */
  _test(person) {
    const { kith } = this;
    return html`<section class="card stack" aria-labelledby="test">
      <h2 id="test">${kith.say("person.test")}</h2>
      <p aria-live="polite">${person.self_test.words}</p>
      <p class="small quiet">${kith.say("person.test_how")}</p>
      <div class="actions">
        <button class="button" ?disabled=${this.busy || person.photos.length < 2} @click=${this._try}>
          ${icon("test")}${kith.say("person.test_now")}
        </button>
      </div>
    </section>`;
  }

  /** @param {Person} person */
  _consent(person) {
    const { kith } = this;
    const { by, at, words } = person.consent;
    return html`<section class="card stack" aria-labelledby="consent">
      <h2 id="consent">${kith.say("person.consent")}</h2>
      <dl>
        <dt>${kith.say("person.agreed_to")}</dt>
        <dd>${words.join(", ")}</dd>
        ${by ? html`<dt>${kith.say("person.agreed_by")}</dt><dd>${by}</dd>` : nothing}
        ${at ? html`<dt>${kith.say("person.agreed_at")}</dt><dd>${kith.date(at)}</dd>` : nothing}
      </dl>
      <div class="actions">
        <button class="button" @click=${() => this._change(person, "consent")}>
          ${kith.say("person.consent_change")}
        </button>
        <button class="button" @click=${() => this._change(person, "settings")}>
          ${icon("settings")}${kith.say("person.settings")}
        </button>
      </div>
      <kith-flow .kith=${kith} @done=${this.refresh}></kith-flow>
    </section>`;
  }

  /** @param {CustomEvent<boolean>} event */
  _leave({ detail }) {
    this._leaving = detail;
  }

  /** @param {Person} person @param {string} what */
  _change(person, what) {
    this.form({ type: "person", subentry: person.subentry_id, menu: [what] });
  }

  /** @param {Photo} photo */
  async _remove(photo) {
    const asked = { person_id: this.subject, template_id: photo.template_id };
    /** @type {Undoable | null} */
    const answer = await this.attempt(this.kith.ask("people/remove_photo", asked));
    if (!answer) return;
    const after = () => this.isConnected && this.refresh();
    this.kith.undos.offer({ words: this.kith.say("person.removed"), command: "people/undo", undo: answer.undo, after });
    await this.refresh();
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector(".photo .button"))?.focus();
  }

  async _try() {
    this.busy = true;
    /** @type {{words: string, trials: Trial[]} | null} */
    const found = await this.attempt(this.kith.ask("people/self_test", { person_id: this.subject }));
    this.busy = false;
    if (!found) return;
    this.trials = new Map(found.trials.map((trial) => [trial.template_id, trial]));
    this.kith.undos.offer({ words: found.words });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const path = /** @type {HTMLElement[]} */ (event.composedPath());
    if (event.key === "Escape" && !path.some((one) => one.matches?.("dialog, input, select"))) this.kith.go("/people");
  }
}

PersonPage.define("kith-person");
