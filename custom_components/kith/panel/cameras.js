/** The cameras: how well each one works, and what it sees now. */

import { css, html, nothing, repeat } from "./vendor/lit.js";
import "./flow.js";
import { confirm } from "./confirm.js";
import { icon } from "./icons.js";
import { isImage } from "./live_view.js";
import { Page } from "./page.js";
import { base, buttons, cards } from "./styles.js";

export class Cameras extends Page {
  static properties = { found: { state: true }, watched: { state: true } };

  static styles = [
    base,
    buttons,
    cards,
    css`
      :host { display: grid; gap: 16px; }
      ul { gap: 16px; }
      @media (min-width: 900px) {
        ul { grid-template-columns: 1fr 1fr; align-items: start; }
        li.wide { grid-column: 1 / -1; }
      }
      .head { display: flex; justify-content: space-between; align-items: center; gap: 12px; }
      .meter { height: 10px; border-radius: 5px; background: var(--kith-wash); overflow: hidden; }
      .meter i { display: block; height: 100%; border-radius: 5px; background: var(--kith-fill); }
      dl { font-size: 0.875rem; }
    `,
  ];

  constructor() {
    super();
    /** @type {CamerasList | null} */
    this.found = null;
    /** @type {string} the id of the camera shown live */
    this.watched = "";
  }

  async load() {
    return this.kith.ask("cameras/list");
  }

  /** @param {CamerasList} found */
  take(found) {
    this.found = found;
  }

  show() {
    const { kith, found } = this;
    if (!found) return nothing;
    return html`
      <h1 class="hidden">${kith.say("nav.cameras")}</h1>
      ${found.cameras.length ? nothing : this._empty()}
      <ul>
        ${repeat(
          found.cameras,
          (camera) => camera.camera_id,
          (camera) => html`<li class=${this.watched === camera.camera_id ? "wide" : ""}>${this._card(camera)}</li>`,
        )}
      </ul>
      ${found.cameras.length
        ? html`<div>
            <button class="button" @click=${() => this._open()}>${icon("plus")}${kith.say("cameras.add")}</button>
          </div>`
        : nothing}
      <kith-flow .kith=${kith} @done=${this.refresh}></kith-flow>
    `;
  }

  _empty() {
    const { kith } = this;
    return html`<div class="card empty">
      ${icon("cameras")}
      <h2>${kith.say("cameras.none_title")}</h2>
      <p>${kith.say("cameras.none")}</p>
      <button class="button primary" @click=${() => this._open()}>${kith.say("cameras.add")}</button>
    </div>`;
  }

  /** @param {Camera} camera */
  _card(camera) {
    const { kith } = this;
    const { usable, words } = camera.suitability;
    const watched = this.watched === camera.camera_id;
    return html`<section class="card stack" aria-label=${camera.name}>
      <div class="head">
        <h2>${camera.name}</h2>
        <span class="badge ${camera.state === "watching" ? "good" : camera.state === "unavailable" ? "warn" : ""}">
          ${kith.say(`cameras.state_${camera.state}`)}
        </span>
      </div>
      ${watched ? html`<kith-live-view .kith=${kith} .camera=${camera}></kith-live-view>` : nothing}
      ${usable === null
        ? nothing
        : html`<div class="meter" role="img" aria-label=${kith.say("cameras.usable", { percent: usable })}>
            <i style="width: ${usable}%"></i>
          </div>`}
      <p class="small">${words}</p>
      <dl>
        ${this._facts(camera).map(([what, words]) => html`<dt>${kith.say(`cameras.${what}`)}</dt><dd>${words}</dd>`)}
      </dl>
      <div class="actions">
        ${isImage(camera) ? nothing : this._watch(camera, watched)}
        <button class="button icon" aria-label=${kith.say("cameras.settings", { camera: camera.name })}
          @click=${() => this._open(camera.camera_id)}>${icon("settings")}</button>
        <button class="button icon" aria-label=${kith.say("cameras.remove", { camera: camera.name })}
          @click=${() => this._remove(camera)}>${icon("erase")}</button>
      </div>
    </section>`;
  }

  /** @param {Camera} camera @param {boolean} watched */
  _watch(camera, watched) {
    return html`<button class="button" aria-pressed=${watched} ?disabled=${camera.state === "unavailable" && !watched}
      @click=${() => (this.watched = watched ? "" : camera.camera_id)}>
      ${icon(watched ? "stop" : "live")}${this.kith.say(watched ? "cameras.stop" : "cameras.watch")}
    </button>`;
  }

  /** Adds a camera, or changes one. @param {string} [subentry] */
  _open(subentry) {
    this.form({ type: "camera", subentry });
  }

  /** @param {Camera} camera */
  async _remove(camera) {
    const { kith } = this;
    if (!(await confirm(this, kith.say("cameras.remove_what", { camera: camera.name })))) return;
    await this.attempt(kith.remove(camera.camera_id));
    await this.refresh();
  }

  /** @param {Camera} camera */
  _facts({ wake, source, frame_ms, recognition }) {
    const { kith } = this;
    const measured = frame_ms !== null;
    const cost = measured ? kith.say("cameras.ms", { ms: kith.number(frame_ms) }) : kith.say("cameras.no_cost");
    const woken = wake.length ? wake.join(", ") : kith.say("cameras.always");
    const facts = [["wake", woken], ["source", source], ["cost", cost]];
    return recognition ? facts : [...facts, ["names", kith.say("cameras.no_names")]];
  }
}

Cameras.define("kith-cameras");
