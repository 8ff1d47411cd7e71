/** What is above every page: what is wrong now, or what comes next. */

import { css, html, nothing } from "./vendor/lit.js";
import "./flow.js";
import { KithElement } from "./element.js";
import { icon } from "./icons.js";
import { base, buttons, cards } from "./styles.js";

/** Where each step is taken. @type {Record<keyof FirstStepsDone, string>} */
const PLACES = { camera: "/kith/cameras", person: "/kith/people", automation: "/kith/settings/blueprints" };

export class Notes extends KithElement {
  static properties = {
    told: { attribute: false },
    connected: { attribute: false },
    refused: { attribute: false },
  };

  static styles = [
    base,
    buttons,
    cards,
    css`
      [aria-live]:not(:empty), section { margin-bottom: 16px; }
      .empty .actions { justify-content: center; }
      .head { display: flex; justify-content: space-between; align-items: center; gap: 12px; }
      ol { gap: 8px; }
      li > * { display: flex; gap: 12px; align-items: center; min-height: 44px; padding: 8px 14px; }
      li > * { height: 100%; border-radius: 14px; background: var(--kith-wash); color: inherit; text-decoration: none; }
      li > a.next { background: var(--kith-tint); }
      li > .done { color: var(--kith-quiet); background: none; }
      .done .glyph { color: var(--kith-good-ink); }
      li a > :last-child { margin-left: auto; }
      .number {
        display: grid; place-items: center; width: 24px; height: 24px; flex: none; border-radius: 50%;
        background: var(--kith-fill); color: var(--kith-on-fill); font-size: 0.875rem; font-weight: 500;
      }
      @media (min-width: 720px) { ol { grid-template-columns: repeat(3, 1fr); } }
    `,
  ];

  constructor() {
    super();
    /** @type {Told | null} */
    this.told = null;
    this.connected = true;
    /** This user may not use the page. */
    this.refused = false;
  }

  render() {
    const { told } = this;
    const steps = this.connected && told?.loaded && this.kith.admin ? told.first_steps : null;
    return html`
      <div aria-live="polite">${this._trouble()}</div>
      ${steps ? this._steps(steps) : nothing}
      ${told?.entry_id && this.kith.admin ? html`<kith-flow .kith=${this.kith}></kith-flow>` : nothing}
    `;
  }

  /** @param {FirstStepsDone} done */
  _steps(done) {
    const { kith } = this;
    const steps = /** @type {(keyof FirstStepsDone)[]} */ (Object.keys(PLACES));
    const next = steps.find((step) => !done[step]);
    return html`<section class="card stack" aria-labelledby="steps">
      <div class="head">
        <h2 id="steps">${kith.say("steps.title")}</h2>
        <button class="button text" @click=${this._enough}>${kith.say("steps.enough")}</button>
      </div>
      <ol>
        ${steps.map((step, place) => html`<li>${this._step(step, place + 1, done[step], step === next)}</li>`)}
      </ol>
    </section>`;
  }

  /** @param {keyof FirstStepsDone} step @param {number} number @param {boolean} done @param {boolean} next */
  _step(step, number, done, next) {
    const words = this.kith.say(`steps.${step}`);
    if (done) {
      return html`<span class="done">
        ${icon("check")}<span>${words}<span class="hidden">: ${this.kith.say("steps.done")}</span></span>
      </span>`;
    }
    return html`<a class=${next ? "next" : ""} href=${PLACES[step]} aria-current=${next ? "step" : nothing}>
      <span class="number" aria-hidden="true">${number}</span><span>${words}</span>${icon("next")}
    </a>`;
  }

  async _enough() {
    await this.attempt(this.kith.ask("settings/set", { guided: true }));
  }

  _trouble() {
    const { kith, told } = this;
    if (!this.connected) return html`<div class="note warn">${icon("away")}<p>${kith.say("common.offline")}</p></div>`;
    if (this.refused) {
      return html`<div class="card empty">${icon("shield")}<p>${kith.say("common.not_yours")}</p></div>`;
    }
    if (!told) return nothing;
    if (!told.loaded) return this._off(told);
    if (told.engine.state === "ready") return nothing;
    return html`<div class="note warn">
      ${icon("alert")}
      <p><strong>${kith.say("common.engine_away")}</strong> ${told.engine.reason ?? nothing}</p>
    </div>`;
  }

  /** @param {Told} told */
  _off({ entry_id: entry }) {
    const { kith } = this;
    return html`<div class="card empty">
      ${icon("away")}
      <h2>${kith.say("common.off_title")}</h2>
      <p>${kith.say("common.off")}</p>
      <div class="actions">
        <a class="button primary" href="/config/integrations/integration/kith">${kith.say("common.settings")}</a>
        ${entry && kith.admin
          ? html`<button class="button" @click=${this._move}>${kith.say("settings.engine_move")}</button>`
          : nothing}
      </div>
    </div>`;
  }

  _move() {
    this.form({ type: "engine" });
  }
}

Notes.define("kith-notes");
