/** Sets how sure Kith must be, after showing which of the last visits would have ended differently. */

import { LitElement, css, html, live, nothing } from "./vendor/lit.js";
import { icon } from "./icons.js";
import { base, buttons, cards, forms, portraits } from "./styles.js";
import { face } from "./visits.js";

const SAMPLE = 200;

export class Knob extends LitElement {
  static properties = {
    kith: { attribute: false },
    sureness: { attribute: false },
    chosen: { state: true },
    replay: { state: true },
    place: { state: true },
    seen: { state: true },
    busy: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    portraits,
    css`
      :host { display: block; }
      .before:empty { display: none; }
      fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: 8px; }
      .change { display: grid; gap: 14px; padding: 16px; border-radius: 18px; background: var(--kith-wash); }
      .visit { display: flex; gap: 16px; align-items: center; }
      .mark { display: grid; place-items: center; width: 72px; height: 72px; flex: none; border-radius: 28%; }
      .mark { background: var(--kith-card); }
      .then { display: grid; grid-template-columns: auto 1fr; gap: 6px 14px; margin: 0; }
      .then dt { color: var(--kith-quiet); }
      .then dd { margin: 0; }
      .then .would { font-weight: 500; }
      .turn { display: flex; align-items: center; justify-content: space-between; gap: 8px; }
      .back .glyph { transform: rotate(180deg); }
    `,
  ];

  constructor() {
    super();
    /** @type {import("./kith.js").Kith} */
    this.kith = /** @type {any} */ (undefined);
    /** @type {SettingsFound["sureness"]} */
    this.sureness = /** @type {any} */ (undefined);
    this.chosen = "";
    /** @type {Replay | null} */
    this.replay = null;
    this.place = 0;
    /** How many of the changes the owner has seen. */
    this.seen = 0;
    this.busy = false;
  }

  render() {
    const { kith, sureness } = this;
    const chosen = this.chosen || sureness.now;
    return html`<section class="card stack" aria-labelledby="knob">
      <h2 id="knob">${kith.say("knob.title")}</h2>
      <fieldset aria-labelledby="knob">
        ${sureness.choices.map((choice) => this._choice(choice, chosen))}
      </fieldset>
      <div class="before" aria-live="polite">${chosen === sureness.now ? nothing : this._before(chosen)}</div>
    </section>`;
  }

  /** @param {Choice} choice @param {string} chosen */
  _choice(choice, chosen) {
    const { kith } = this;
    const { photos, missed } = choice.figures;
    return html`<label class="choice">
      <input type="radio" name="sureness" value=${choice.value} .checked=${live(choice.value === chosen)}
        @change=${() => this._choose(choice.value)} />
      <span>
        <strong>
          ${kith.say(`knob.${choice.value}`)}
          ${choice.value === this.sureness.now ? html`<span class="badge">${kith.say("knob.now")}</span>` : nothing}
        </strong>
        <span class="small">${choice.words}</span>
        <br /><span class="small quiet">${photos ? kith.say("knob.missed", { photos, missed }) : nothing}</span>
      </span>
    </label>`;
  }

  /** @param {string} chosen */
  _before(chosen) {
    const { kith, replay } = this;
    if (!replay) return html`<p class="quiet">${kith.say("knob.replaying")}</p>`;
    const { changed, visits } = replay;
    const all = this.seen >= changed.length;
    return html`<div class="stack">
      <p>${kith.count("knob.would", changed.length, { visits: kith.number(visits) })}</p>
      ${changed.length ? this._change(changed[this.place], changed.length) : nothing}
      <div class="actions">
        <button class="button ${all ? "primary" : ""}" ?disabled=${this.busy} @click=${() => this._set(chosen)}>
          ${kith.say(all ? "knob.set" : "knob.set_anyway", { what: kith.say(`knob.${chosen}`) })}
        </button>
        <button class="button text" @click=${() => this._choose(this.sureness.now)}>${kith.say("knob.leave")}</button>
      </div>
    </div>`;
  }

  /** @param {Replay["changed"][0]} visit @param {number} count */
  _change(visit, count) {
    const { kith, place } = this;
    return html`<div class="change">
      <div class="visit">
        ${face(visit, [], 72)}
        <span>${kith.moment(visit.begin)}<br /><span class="quiet">${visit.camera}</span></span>
      </div>
      <dl class="then">
        <dt>${kith.say("knob.was")}</dt>
        <dd>${visit.words}</dd>
        <dt>${kith.say("knob.then")}</dt>
        <dd class="would">${visit.would.words}</dd>
      </dl>
      <div class="turn">
        <button class="button icon back" aria-label=${kith.say("knob.before")} ?disabled=${place === 0}
          @click=${() => this._turn(-1)}>${icon("next")}</button>
        <span class="small">${kith.say("knob.place", { place: place + 1, count })}</span>
        <button class="button ${this.seen < count ? "primary" : ""}" ?disabled=${place === count - 1}
          @click=${() => this._turn(1)}>${kith.say("knob.next")}${icon("next")}</button>
      </div>
    </div>`;
  }

  /** @param {number} by */
  _turn(by) {
    this.place += by;
    this.seen = Math.max(this.seen, this.place + 1);
  }

  /** @param {string} value */
  async _choose(value) {
    this.chosen = value;
    this.replay = null;
    this.place = 0;
    this.seen = 1;
    if (value === this.sureness.now) return;
    try {
      /** @type {Replay} */
      const replay = await this.kith.ask("knob/replay", { sureness: value, sample: SAMPLE });
      if (this.chosen === value) this.replay = replay;
    } catch (error) {
      this.chosen = "";
      this.kith.undos.offer({ words: this.kith.excuse(error), bad: true });
    }
  }

  /** @param {string} value */
  async _set(value) {
    this.busy = true;
    try {
      await this.kith.ask("knob/set", { sureness: value });
      this.kith.undos.offer({ words: this.kith.say("knob.done", { what: this.kith.say(`knob.${value}`) }) });
      this.chosen = "";
      this.replay = null;
      this.dispatchEvent(new Event("changed"));
    } catch (error) {
      this.kith.undos.offer({ words: this.kith.excuse(error), bad: true });
    }
    this.busy = false;
  }
}

if (!customElements.get("kith-knob")) customElements.define("kith-knob", Knob);
