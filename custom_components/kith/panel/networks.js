/** The networks to choose from, and what others would change in this home before they take over. */

import { LitElement, css, html, live, nothing } from "./vendor/lit.js";
import "./changes.js";
import { icon } from "./icons.js";
import { base, buttons, cards, forms } from "./styles.js";

/** Percent at which the networks are downloaded and started. */
const STARTED = 40;

export class Networks extends LitElement {
  static properties = {
    kith: { attribute: false },
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
      :host { display: block; }
      progress { width: 100%; accent-color: var(--kith-fill); }
      .progress { display: grid; gap: 8px; }
      ul { margin: 0; padding-inline-start: 20px; display: grid; gap: 4px; }
      .tried:empty { display: none; }
    `,
  ];

  constructor() {
    super();
    /** @type {import("./kith.js").Kith} */
    this.kith = /** @type {any} */ (undefined);
    /** @type {NonNullable<SettingsFound["networks"]>} */
    this.networks = /** @type {any} */ (undefined);
    this.busy = false;
    /** Percent done. @type {number | null} */
    this.trying = null;
    /** @type {PackTried | null} */
    this.tried = null;
    /** @type {Promise<Unsubscribe> | null} */
    this._following = null;
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
        ${tried.lines.length ? html`<ul>${tried.lines.map((line) => html`<li>${line}</li>`)}</ul>` : nothing}
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

  async _try() {
    this.trying = 0;
    try {
      this._following = this.kith.follow("networks/try", {}, (/** @type {PackTrial} */ event) => this._take(event));
      await this._following;
    } catch (error) {
      this._following = null;
      this.trying = null;
      this.kith.undos.offer({ words: this.kith.excuse(error), bad: true });
    }
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
    this._following?.then((stop) => stop(), () => undefined);
    this._following = null;
    this.trying = null;
  }
}

if (!customElements.get("kith-networks")) customElements.define("kith-networks", Networks);
