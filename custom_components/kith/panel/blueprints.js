/** The automations that come with Kith, each imported with a tap. Fires "shown" once they are there. */

import { css, html, nothing, repeat } from "./vendor/lit.js";
import { KithElement } from "./element.js";
import { icon } from "./icons.js";
import { base, buttons, cards } from "./styles.js";

export class Blueprints extends KithElement {
  static properties = {
    found: { state: true },
    imported: { state: true },
    busy: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    css`
      ul { gap: 16px; }
      li { display: flex; gap: 16px; align-items: flex-start; justify-content: space-between; }
      li > span:first-child { display: grid; gap: 4px; min-width: 0; }
      .badge { flex: none; }
      @media (max-width: 480px) { li { display: grid; } }
    `,
  ];

  constructor() {
    super();
    /** @type {BlueprintFile[]} */
    this.found = [];
    /** @type {Set<string>} paths that Home Assistant has */
    this.imported = new Set();
    this.busy = "";
  }

  firstUpdated() {
    this._load();
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (changed.has("found") && this.found.length) this.dispatchEvent(new Event("shown"));
  }

  async _load() {
    const { kith } = this;
    /** @type {[{blueprints: BlueprintFile[]}, Record<string, unknown>] | null} */
    const found = await this.attempt(
      Promise.all([kith.ask("blueprints/list"), kith.hass.callWS({ type: "blueprint/list", domain: "automation" })]),
    );
    if (!found) return;
    this.imported = new Set(Object.keys(found[1]));
    this.found = found[0].blueprints;
  }

  render() {
    const { kith } = this;
    if (!this.found.length) return nothing;
    return html`<section class="card stack" aria-labelledby="blueprints">
      <h2 id="blueprints">${kith.say("blueprints.title")}</h2>
      <p class="quiet">${kith.say("blueprints.what")}</p>
      <ul>
        ${repeat(this.found, (one) => one.path, (one) => this._row(one))}
      </ul>
      ${this.imported.size
        ? html`<div class="actions">
            <a class="button" href="/config/blueprint/dashboard">${kith.say("blueprints.use")}</a>
          </div>`
        : nothing}
    </section>`;
  }

  /** @param {BlueprintFile} one */
  _row(one) {
    const { kith } = this;
    return html`<li>
      <span><strong>${one.name}</strong><span class="small quiet">${one.description}</span></span>
      ${this.imported.has(one.path)
        ? html`<span class="badge good">${icon("check")}${kith.say("blueprints.imported")}</span>`
        : html`<button class="button" ?disabled=${Boolean(this.busy)} @click=${() => this._import(one)}
            aria-label=${kith.say("blueprints.add_one", { name: one.name })}>
            ${icon("plus")}${kith.say("blueprints.add")}
          </button>`}
    </li>`;
  }

  /** @param {BlueprintFile} one */
  async _import({ path, yaml, name }) {
    const { kith } = this;
    this.busy = path;
    const save = kith.hass.callWS({ type: "blueprint/save", domain: "automation", path, yaml });
    if (await this.attempt(save.then(() => true))) {
      kith.undos.offer({ words: kith.say("blueprints.done", { name }) });
      await this._load();
    }
    this.busy = "";
  }
}

Blueprints.define("kith-blueprints");
