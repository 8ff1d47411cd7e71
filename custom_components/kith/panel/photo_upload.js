/** Adds photos of a person: uploads several files, each with its result, or uses a camera. */

import { css, html, nothing } from "./vendor/lit.js";
import { confirm } from "./confirm.js";
import { KithElement, input } from "./element.js";
import { icon } from "./icons.js";
import { isImage } from "./live_view.js";
import { base, buttons, cards, forms } from "./styles.js";

/** The code of a refusal that the owner may overrule. */
const LOOKALIKE = "photo_like_other";

/** @typedef {{name: string, ok: boolean | null, words: string}} Sent */

export class PhotoUpload extends KithElement {
  static properties = {
    person: { attribute: false },
    sent: { state: true },
    cameras: { state: true },
    look: { state: true },
    trouble: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    css`
      ul { gap: 8px; }
      ul:empty { display: none; }
      li { display: flex; gap: 10px; align-items: flex-start; }
      li .good { color: var(--kith-good-ink); }
      li .bad { color: var(--kith-bad-ink); }
      li strong { overflow-wrap: anywhere; }
      .guide { display: grid; gap: 16px; justify-items: center; text-align: center; padding: 8px 0; }
      .wish { font-size: 1.375rem; line-height: 1.3; min-height: 2.6em; display: grid; align-items: center; }
      .steps { display: flex; gap: 8px; }
      .steps i { width: 14px; height: 14px; border-radius: 50%; background: var(--kith-line); }
      .steps i.done { background: var(--kith-fill); }
      .field { max-width: 320px; }
    `,
  ];

  constructor() {
    super();
    /** @type {Person} */
    this.person = /** @type {any} */ (undefined);
    /** @type {Sent[]} */
    this.sent = [];
    /** @type {Camera[]} */
    this.cameras = [];
    /** @type {Look | null} */
    this.look = null;
    /** Why looking into a camera ended. */
    this.trouble = "";
    /** @type {(() => void) | undefined} */
    this._looking = undefined;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._stop();
  }

  render() {
    const { kith, person } = this;
    if (!person.recognized && !person.avoided) {
      const words = kith.say("photo_upload.not_agreed", { name: person.name });
      return html`<div class="note">${icon("shield")}<p>${words}</p></div>`;
    }
    return html`<section class="card stack" aria-labelledby="add">
      <h2 id="add">${kith.say("photo_upload.title")}</h2>
      <div class="actions">
        <label class="button primary" tabindex="0" role="button" @keydown=${this._press}>
          ${icon("upload")}${kith.say("photo_upload.upload")}
          <input type="file" accept="image/*" multiple hidden @change=${this._upload} />
        </label>
        <button class="button" @click=${this._begin}>${icon("live")}${kith.say("photo_upload.camera")}</button>
      </div>
      <ul role="status" aria-live="polite">${this.sent.map((one) => this._became(one))}</ul>
      ${this._guide()}
    </section>`;
  }

  /** @param {Sent} one */
  _became(one) {
    const mark = one.ok === null ? "upload" : one.ok ? "check" : "close";
    return html`<li>
      <span class=${one.ok ? "good" : one.ok === null ? "quiet" : "bad"}>${icon(mark)}</span>
      <span><strong>${one.name}</strong><br /><span class="small quiet">${one.words}</span></span>
    </li>`;
  }

  _guide() {
    const { kith, look } = this;
    return html`<dialog aria-labelledby="guide" @close=${this._stop}>
      <div class="body">
        <h2 id="guide">${kith.say("photo_upload.guide", { name: this.person.name })}</h2>
        ${look
          ? html`<div class="guide">
              <p class="wish" role="status" aria-live="assertive">${look.words}</p>
              ${this._steps(look)}
            </div>`
          : html`${this.trouble ? html`<p class="complaint" role="alert">${this.trouble}</p>` : nothing}
              ${this._choice()}`}
        <div class="actions">
          <button class="button ${look?.done ? "primary" : "text"}" @click=${this._shut}>
            ${kith.say(look && !look.done ? "photo_upload.stop" : "common.close")}
          </button>
        </div>
      </div>
    </dialog>`;
  }

  /** @param {Look} look */
  _steps({ taken, wanted }) {
    const words = this.kith.say("photo_upload.taken", { count: taken, all: wanted });
    return html`<span class="steps" role="img" aria-label=${words}>
      ${Array.from({ length: wanted }, (_, place) => html`<i class=${place < taken ? "done" : ""}></i>`)}
    </span>`;
  }

  _choice() {
    const { kith } = this;
    if (!this.cameras.length) return html`<p>${kith.say("photo_upload.no_camera")}</p>`;
    return html`<p>${kith.say("photo_upload.guide_how")}</p>
      <ul>
        ${this.cameras.map(
          (camera) => html`<li>
            <button class="button" @click=${() => this._follow(camera)}>${icon("cameras")}${camera.name}</button>
          </li>`,
        )}
      </ul>`;
  }

  /** Lets the keyboard press a label like a button. @param {KeyboardEvent} event */
  _press(event) {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    /** @type {HTMLInputElement | null} */ (this.renderRoot.querySelector("input[type=file]"))?.click();
  }

  /** Uploads one after another, as each keeps the engine busy for a moment. @param {Event} event */
  async _upload(event) {
    const picker = input(event);
    const files = [...(picker.files ?? [])];
    picker.value = "";
    this.sent = files.map((file) => ({ name: file.name, ok: null, words: this.kith.say("photo_upload.waiting") }));
    for (const [place, file] of files.entries()) {
      const { ok, words } = await this._enroll(file);
      this.sent = this.sent.map((one, index) => (index === place ? { ...one, ok, words } : one));
    }
    this.dispatchEvent(new Event("changed"));
  }

  /** One that looks more like somebody else is added if the owner is sure. @param {File} file */
  async _enroll(file) {
    const { person_id: person } = this.person;
    const result = await this.kith.upload(person, file);
    if (result.code !== LOOKALIKE || !(await confirm(this, `${file.name}: ${result.words}`))) return result;
    return this.kith.upload(person, file, true);
  }

  async _begin() {
    this.look = null;
    this.trouble = "";
    /** @type {CamerasList | null} */
    const found = await this.attempt(this.kith.ask("cameras/list"));
    if (!found) return;
    const now = (/** @type {Camera} */ camera) => camera.state !== "unavailable" && !isImage(camera);
    this.cameras = found.cameras.filter(now);
    await this.updateComplete;
    this.dialog().showModal();
  }

  /** @param {Camera} camera */
  _follow(camera) {
    const asked = { person_id: this.person.person_id, camera_id: camera.camera_id };
    const listener = (/** @type {Look} */ look) => {
      this.look = look;
      if (look.done) this._looking?.();
    };
    this.trouble = "";
    this._looking = this.kith.follow("people/look", asked, listener, (error) => {
      this._stop();
      this.trouble = this.kith.excuse(error);
    });
  }

  _shut() {
    this.dialog().close();
  }

  _stop() {
    this._looking?.();
    this._looking = undefined;
    if (this.look?.taken) this.dispatchEvent(new Event("changed"));
    this.look = null;
  }
}

PhotoUpload.define("kith-photo-upload");
