/** The networks to choose from, and what others would change in this home before they take over. */

import { css, html, live, nothing } from "./vendor/lit.js";
import "./changes.js";
import { KithElement } from "./element.js";
import { icon } from "./icons.js";
import { base, buttons, cards, forms } from "./styles.js";

/** Percent at which the networks are downloaded and started. */
const STARTED = 40;

export class Networks extends KithElement {
  static properties = {
    networks: { attribute: false },
    busy: { type: Boolean },
    trying: { state: true },
    tried: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    css`
      .progress { display: grid; gap: 8px; }
      .tried:empty { display: none; }
    `,
  ];

  constructor() {
    super();
    /** @type {NonNullable<SettingsFound["networks"]>} */
    this.networks = /** @type {any} */ (undefined);
    this.busy = false;
    /** Percent done. @type {number | null} */
    this.trying = null;
    /** @type {PackTried | null} */
    this.tried = null;
    /** @type {(() => void) | undefined} */
    this._end = undefined;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._stop();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("networks")) this.tried = this.networks.tried;
  }

  render() {
    const { kith } = this;
    const { now, wanted, choices, pending } = this.networks;
    return html`<section class="card stack" aria-labelledby="networks">
      <h2 id="networks">${kith.say("settings.networks")}</h2>
      <p>${kith.say("settings.networks_what")}</p>
      <fieldset aria-labelledby="networks" ?disabled=${this.busy || this.trying !== null}>
        ${choices.map(
          ({ name, title }) => html`<label class="choice">
            <input type="radio" name="networks" value=${name} .checked=${live(name === wanted)}
              @change=${() => this.dispatchEvent(new CustomEvent("choose", { detail: name }))} />
            <span>
              <strong>
                ${kith.say(`settings.name_${name}`) || title}
                ${name === now ? html`<span class="badge">${kith.say("settings.in_use")}</span>` : nothing}
              </strong>
              <span class="small">${kith.say(`settings.pack_${name}`)}</span>
            </span>
          </label>`,
        )}
      </fieldset>
      <div class="actions">
        <button class="button" @click=${() => this.dispatchEvent(new Event("more"))}>
          ${kith.say("settings.more_networks")}
        </button>
      </div>
      ${pending ? this._pending() : nothing}
    </section>`;
  }

  /** Networks that wait to take over. */
  _pending() {
    const { kith, tried, trying } = this;
    const { update } = this.networks;
    return html`
      <div class="note">${icon("light")}<p>${kith.say("settings.install_how")}</p></div>
      <div class="stack tried" aria-live="polite">${trying === null ? this._tried() : nothing}</div>
      ${trying === null
        ? html`<div class="actions">
            ${tried
              ? nothing
              : html`<button class="button primary" @click=${this._try}>${kith.say("settings.try")}</button>`}
            ${update
              ? html`<button class="button ${tried ? "primary" : ""}" @click=${() => kith.moreInfo(this, update)}>
                  ${kith.say("settings.install")}
                </button>`
              : nothing}
          </div>`
        : this._progress(trying)}
    `;
  }

  /** @param {number} percent */
  _progress(percent) {
    const { kith } = this;
    const words = kith.say(percent < STARTED ? "settings.trying_fetch" : "settings.trying");
    return html`<div class="progress">
        <span role="status">${words}</span>
        <progress max="100" value=${percent} aria-label=${words}></progress>
      </div>
      <div class="actions">
        <button class="button" @click=${this._stop}>${icon("stop")}${kith.say("settings.try_end")}</button>
      </div>`;
  }

  _tried() {
    const { kith, tried } = this;
    if (!tried) return nothing;
    return html`
      <div>
        <p>${tried.head}</p>
        ${tried.lines.length
          ? html`<ul class="facts">${tried.lines.map((line) => html`<li>${line}</li>`)}</ul>`
          : nothing}
      </div>
      ${tried.changed.length
        ? html`<kith-changes .kith=${kith} .changed=${tried.changed} now=${kith.say("settings.try_now")}
            then=${kith.say("settings.try_then")}></kith-changes>`
        : nothing}
      ${tried.photos ? html`<p>${tried.photos}</p>` : nothing}
      ${tried.lost ? html`<div class="note warn">${icon("alert")}<p>${tried.lost}</p></div>` : nothing}
      <p class="small quiet">${kith.say("settings.try_how")}</p>
    `;
  }

  _try() {
    this.trying = 0;
    this._end = this.kith.follow("networks/try", {}, (/** @type {PackTrial} */ event) => this._take(event), (error) => {
      this._stop();
      this.kith.complain(error);
    });
  }

  /** @param {PackTrial} event */
  _take({ percent, tried, trouble }) {
    if (!tried && !trouble) {
      this.trying = percent;
      return;
    }
    this._stop();
    this.tried = tried;
    if (trouble) this.kith.undos.offer({ words: trouble, bad: true });
  }

  /** Kith ends the trial when nobody listens anymore. */
  _stop() {
    this._end?.();
    this._end = undefined;
    this.trying = null;
  }
}

Networks.define("kith-networks");
