/** Sets how sure Kith must be, after showing which of the last visits would have ended differently. */

import { css, html, live, nothing } from "./vendor/lit.js";
import "./changes.js";
import { KithElement } from "./element.js";
import { base, buttons, cards, forms } from "./styles.js";

const SAMPLE = 200;

export class Sureness extends KithElement {
  static properties = {
    sureness: { attribute: false },
    chosen: { state: true },
    replay: { state: true },
    seen: { state: true },
    busy: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    css`
      .before:empty { display: none; }
    `,
  ];

  constructor() {
    super();
    /** @type {SettingsFound["sureness"]} */
    this.sureness = /** @type {any} */ (undefined);
    this.chosen = "";
    /** @type {Replay | null} */
    this.replay = null;
    /** How many of the changes the owner has seen. */
    this.seen = 0;
    this.busy = false;
  }

  /**
   * Renews a replay with the settings: the addresses of its pictures work for an hour.
   * @param {Map<string, unknown>} changed
   */
  willUpdate(changed) {
    if (changed.get("sureness") && this.chosen) this._choose(this.chosen);
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
      ${changed.length
        ? html`<kith-changes .kith=${kith} .changed=${changed} now=${kith.say("knob.was")} then=${kith.say("knob.then")}
            @seen=${this._turned}></kith-changes>`
        : nothing}
      <div class="actions">
        <button class="button ${all ? "primary" : ""}" ?disabled=${this.busy} @click=${() => this._set(chosen)}>
          ${kith.say(all ? "knob.set" : "knob.set_anyway", { what: kith.say(`knob.${chosen}`) })}
        </button>
        <button class="button text" @click=${() => this._choose(this.sureness.now)}>${kith.say("knob.leave")}</button>
      </div>
    </div>`;
  }

  /** @param {CustomEvent<number>} event */
  _turned({ detail }) {
    this.seen = detail;
  }

  /** @param {string} value */
  async _choose(value) {
    this.chosen = value;
    this.replay = null;
    this.seen = 1;
    if (value === this.sureness.now) return;
    /** @type {Replay | null} */
    const replay = await this.attempt(this.kith.ask("knob/replay", { sureness: value, sample: SAMPLE }));
    if (!replay) this.chosen = "";
    else if (this.chosen === value) this.replay = replay;
  }

  /** @param {string} value */
  async _set(value) {
    const { kith } = this;
    this.busy = true;
    if (await this.attempt(kith.ask("knob/set", { sureness: value }))) {
      kith.undos.offer({ words: kith.say("knob.done", { what: kith.say(`knob.${value}`) }) });
      this.chosen = "";
      this.replay = null;
      this.dispatchEvent(new Event("changed"));
    }
    this.busy = false;
  }
}

Sureness.define("kith-sureness");
