/** Kith's settings: how sure it must be, what it keeps, whom it asks, and what it computes with. */

import { css, html, live, nothing, repeat } from "./vendor/lit.js";
import "./blueprints.js";
import "./flow.js";
import "./marks.js";
import "./networks.js";
import "./sureness.js";
import { confirm } from "./confirm.js";
import { input } from "./element.js";
import { icon } from "./icons.js";
import { Page } from "./page.js";
import { base, buttons, cards, forms } from "./styles.js";

/** Days to choose from; another number may have been set in Home Assistant's dialog. */
const DAYS = [0, 1, 3, 7, 14, 30, 60, 90];

export class Settings extends Page {
  static properties = { found: { state: true }, busy: { state: true } };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    css`
      :host { display: grid; gap: 16px; }
      select { max-width: 320px; }
      ul { gap: 16px; }
      ul:empty { display: none; }
      li { display: flex; gap: 8px; align-items: center; }
      li > span { display: grid; gap: 4px; min-width: 0; flex: 1; }
      li strong { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
      kith-blueprints { scroll-margin-top: 72px; }
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
      <kith-sureness .kith=${kith} .sureness=${found.sureness} @changed=${this.refresh}></kith-sureness>
      ${this._keeping(found.keeping)} ${found.answering.length ? this._answering(found.answering) : nothing}
      ${found.networks
        ? html`<kith-networks .kith=${kith} .networks=${found.networks} ?busy=${this.busy} @choose=${this._choose}
            @more=${this._more}></kith-networks>`
        : nothing}
      <kith-blueprints .kith=${kith} @shown=${this._scroll}></kith-blueprints>
      <kith-marks .kith=${kith} .revision=${this.revision}></kith-marks>
      ${this._services(found.services)} ${this._engine(found.engine)}
      <kith-flow .kith=${kith} @done=${this.refresh}></kith-flow>
    `;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (changed.has("subject")) this._scroll();
  }

  /** To the section in the address. It cannot be scrolled to before it is shown. */
  _scroll() {
    if (this.subject === "blueprints") this.renderRoot.querySelector("kith-blueprints")?.scrollIntoView();
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
        <select ?disabled=${this.busy} @change=${this._keep}>
          ${choices.map(
            (one) => html`<option value=${one} .selected=${live(one === days)}>${this._days(one)}</option>`,
          )}
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

  /** @param {SettingsFound["answering"]} users */
  _answering(users) {
    const { kith } = this;
    return html`<section class="card stack" aria-labelledby="answering">
      <h2 id="answering">${kith.say("settings.answering")}</h2>
      <p>${kith.say("settings.answering_what")}</p>
      <form @change=${this._trust}>
        <fieldset aria-labelledby="answering" ?disabled=${this.busy}>
          ${users.map(
            ({ user_id: user, name, trusted }) => html`<label class="tick">
              <input type="checkbox" name="trusted" value=${user} .checked=${live(trusted)} /><span>${name}</span>
            </label>`,
          )}
        </fieldset>
      </form>
      <p class="small quiet">${kith.say("settings.answering_sidebar")}</p>
    </section>`;
  }

  /** @param {CustomEvent<string>} event */
  _choose({ detail }) {
    return this._set({ pack: detail });
  }

  /** Home Assistant's own dialog, which can also download optional networks. */
  _more() {
    this.form({ type: "options" });
  }

  /** @param {Service[]} services */
  _services(services) {
    const { kith } = this;
    return html`<section class="card stack" aria-labelledby="services">
      <h2 id="services">${kith.say("services.title")}</h2>
      <p>${kith.say("services.what")}</p>
      ${services.length ? nothing : html`<p class="quiet">${kith.say("services.none")}</p>`}
      <ul>
        ${repeat(services, (one) => one.service_id, (one) => html`<li>${this._service(one)}</li>`)}
      </ul>
      <div class="actions">
        <button class="button" @click=${() => this.form({ type: "service" })}>
          ${icon("plus")}${kith.say("services.add")}
        </button>
      </div>
    </section>`;
  }

  /** @param {Service} service */
  _service(service) {
    const { kith } = this;
    const { name, enabled, at_home: home, asked_today: asked, service_id: subentry } = service;
    return html`
      <span>
        <strong>
          ${name}
          <span class="badge ${enabled ? "good" : ""}">${kith.say(enabled ? "services.on" : "services.off")}</span>
        </strong>
        <span class="small quiet">
          ${kith.say(home ? "services.at_home" : "services.on_the_internet")}
          ${asked === null ? nothing : html`· ${kith.count("services.asked", asked)}`}
        </span>
      </span>
      <button class="button icon" aria-label=${kith.say("services.settings", { name })}
        @click=${() => this.form({ type: "service", subentry })}>${icon("settings")}</button>
      <button class="button icon" aria-label=${kith.say("services.remove", { name })}
        @click=${() => this._remove(service)}>${icon("erase")}</button>
    `;
  }

  /** @param {SettingsFound["engine"]} engine */
  _engine({ url }) {
    const { kith } = this;
    return html`<section class="card stack" aria-labelledby="engine">
      <h2 id="engine">${kith.say("settings.engine")}</h2>
      <p>${url ? kith.say("settings.engine_elsewhere", { url }) : kith.say("settings.engine_here")}</p>
      <div class="actions">
        <button class="button" @click=${() => this.form({ type: "engine" })}>
          ${kith.say("settings.engine_move")}
        </button>
      </div>
    </section>`;
  }

  /** @param {Service} service */
  async _remove({ name, service_id: subentry }) {
    const { kith } = this;
    if (!(await confirm(this, kith.say("services.remove_what", { name })))) return;
    await this.attempt(kith.remove(subentry));
    await this.refresh();
  }

  /** @param {Event} event */
  _keep(event) {
    return this._set({ keep_strangers: Number(input(event).value) });
  }

  /** @param {Event} event */
  _trust(event) {
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    return this._set({ trusted: new FormData(form).getAll("trusted").map(String) });
  }

  /** @param {{keep_strangers?: number, trusted?: string[], pack?: string}} changed */
  async _set(changed) {
    this.busy = true;
    const done = await this.attempt(this.kith.ask("settings/set", changed));
    this.busy = false;
    if (done) this.kith.undos.offer({ words: this.kith.say("settings.saved") });
    await this.refresh();
  }
}

Settings.define("kith-settings");
