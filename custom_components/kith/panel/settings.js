/** Kith's settings: how sure it must be, what it keeps, and what it computes with. */

import { css, html, live, nothing } from "./vendor/lit.js";
import "./blueprints.js";
import "./flow.js";
import "./marks.js";
import "./networks.js";
import "./sureness.js";
import { Page } from "./page.js";
import { base, buttons, cards, forms } from "./styles.js";

/** Days to choose from; another number may have been set in Home Assistant's dialog. */
const DAYS = [0, 1, 3, 7, 14, 30, 60, 90];

export class Settings extends Page {
  static properties = { ...Page.properties, found: { state: true }, busy: { state: true } };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    css`
      :host { display: grid; gap: 16px; }
      select { max-width: 320px; }
    `,
  ];

  constructor() {
    super();
    /** @type {SettingsFound | null} */
    this.found = null;
    this.busy = false;
  }

  async load() {
    return this.kith.ask("settings/get");
  }

  /** @param {SettingsFound} found */
  take(found) {
    this.found = found;
  }

  show() {
    const { kith, found } = this;
    if (!found) return nothing;
    return html`
      <h1 class="hidden">${kith.say("nav.settings")}</h1>
      <kith-knob .kith=${kith} .sureness=${found.sureness} @changed=${this.refresh}></kith-knob>
      ${this._keeping(found.keeping)}
      ${found.networks
        ? html`<kith-networks .kith=${kith} .networks=${found.networks} ?busy=${this.busy} @choose=${this._choose}
            @more=${this._more}></kith-networks>`
        : nothing}
      <kith-blueprints .kith=${kith}></kith-blueprints>
      <kith-marks .kith=${kith} .revision=${this.revision}></kith-marks>
      ${this._engine(found.engine)}
      <kith-flow .kith=${kith} @done=${this.refresh}></kith-flow>
    `;
  }

  /** @param {SettingsFound["keeping"]} keeping */
  _keeping({ days, kept, most }) {
    const { kith } = this;
    const choices = [...new Set([...DAYS, days])].filter((one) => one <= most).sort((one, other) => one - other);
    return html`<section class="card stack" aria-labelledby="keeping">
      <h2 id="keeping">${kith.say("settings.keeping")}</h2>
      <p>${kith.say("settings.keeping_what")}</p>
      <label class="field">
        ${kith.say("settings.keeping_for")}
        <select ?disabled=${this.busy} .value=${live(String(days))} @change=${this._keep}>
          ${choices.map((one) => html`<option value=${one} ?selected=${one === days}>${this._days(one)}</option>`)}
        </select>
      </label>
      <p class="small" role="status">${kith.count("settings.kept", kept)}</p>
      <p class="small quiet">${kith.say("settings.keeping_law")}</p>
    </section>`;
  }

  /** @param {number} days */
  _days(days) {
    return days ? this.kith.count("settings.days", days) : this.kith.say("settings.no_days");
  }

  /** @param {CustomEvent<string>} event */
  _choose({ detail }) {
    return this._set({ pack: detail });
  }

  /** Home Assistant's own dialog, which can also download optional networks. */
  _more() {
    const flow = /** @type {import("./flow.js").Flow} */ (this.renderRoot.querySelector("kith-flow"));
    flow.open({ type: "options" });
  }

  /** @param {SettingsFound["engine"]} engine */
  _engine({ url }) {
    const { kith } = this;
    return html`<section class="card stack" aria-labelledby="engine">
      <h2 id="engine">${kith.say("settings.engine")}</h2>
      <p>${url ? kith.say("settings.engine_elsewhere", { url }) : kith.say("settings.engine_here")}</p>
      <p class="small quiet">${kith.say("settings.engine_how")}</p>
      <div class="actions">
        <a class="button" href="/config/integrations/integration/kith">${kith.say("settings.integration")}</a>
      </div>
    </section>`;
  }

  /** @param {Event} event */
  _keep(event) {
    return this._set({ keep_strangers: Number(/** @type {HTMLSelectElement} */ (event.target).value) });
  }

  /** @param {{keep_strangers?: number, pack?: string}} changed */
  async _set(changed) {
    this.busy = true;
    const done = await this.attempt(this.kith.ask("settings/set", changed));
    this.busy = false;
    if (done) this.kith.undos.offer({ words: this.kith.say("settings.saved") });
    await this.refresh();
  }
}

if (!customElements.get("kith-settings")) customElements.define("kith-settings", Settings);
