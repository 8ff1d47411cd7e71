/** Looks at a recording: uploads it, shows the progress, and says who was in it. */

import { html, nothing } from "./vendor/lit.js";
import { KithElement, input } from "./element.js";
import { icon } from "./icons.js";
import { base, buttons, forms } from "./styles.js";

export class Recording extends KithElement {
  static properties = {
    cameras: { attribute: false },
    camera: { state: true },
    seen: { state: true },
    trouble: { state: true },
  };

  static styles = [
    base,
    buttons,
    forms,
  ];

  constructor() {
    super();
    /** @type {Camera[]} */
    this.cameras = [];
    this.camera = "";
    /** @type {ClipSeen | null} what was said last; null before a file is chosen */
    this.seen = null;
    this.trouble = "";
    /** Ends the upload. */
    this._sending = new AbortController();
    /** @type {(() => void) | undefined} */
    this._looking = undefined;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._stop();
  }

  render() {
    const { kith, seen } = this;
    const over = !seen || seen.done || this.trouble;
    return html`<dialog aria-labelledby="title" @close=${this._stop}>
      <div class="body">
        <h2 id="title">${kith.say("recording.title")}</h2>
        ${seen || this.trouble ? this._told() : this._form()}
        <div class="actions">
          <button class="button ${seen?.done ? "primary" : "text"}" @click=${() => this.dialog().close()}>
            ${kith.say(over ? "common.close" : "recording.stop")}
          </button>
        </div>
      </div>
    </dialog>`;
  }

  _form() {
    const { kith } = this;
    const choose = (/** @type {Event} */ event) => {
      this.camera = input(event).value;
    };
    return html`<p>${kith.say("recording.how")}</p>
      <label class="field">
        ${kith.say("recording.camera")}
        <select @change=${choose}>
          <option value="">${kith.say("recording.no_camera")}</option>
          ${this.cameras.map((one) => html`<option value=${one.camera_id}>${one.name}</option>`)}
        </select>
      </label>
      ${this.camera
        ? html`<label class="tick"><input id="record" type="checkbox" />${kith.say("recording.record")}</label>`
        : nothing}
      <label class="field">
        ${kith.say("recording.file")}
        <input type="file" accept="video/mp4,video/x-matroska,.mkv,.mp4" @change=${this._send} />
      </label>`;
  }

  _told() {
    const { kith, seen } = this;
    if (this.trouble) return html`<p class="complaint" role="alert">${this.trouble}</p>`;
    if (!seen) return nothing;
    if (!seen.found) {
      const percent = Math.round(100 * seen.share);
      const words = kith.say(percent ? "recording.looking" : "recording.sending", { percent });
      return html`<p role="status">${words}</p><progress max="100" value=${percent} aria-label=${words}></progress>`;
    }
    const { people } = seen.found;
    if (!people.length) return html`<p role="status">${kith.say("recording.nobody")}</p>`;
    return html`<ul role="status">
      ${people.map((one) => html`<li>
        ${one.explanation}<br />
        <span class="small quiet">
          ${kith.say("recording.span", { from: kith.number(one.from), to: kith.number(one.to) })}
        </span>
      </li>`)}
    </ul>`;
  }

  async ask() {
    this.seen = null;
    this.trouble = this.camera = "";
    await this.updateComplete;
    this.dialog().showModal();
  }

  /** @param {Event} event */
  async _send(event) {
    const [file] = input(event).files ?? [];
    if (!file) return;
    const box = /** @type {HTMLInputElement | null} */ (this.renderRoot.querySelector("#record"));
    const written = file.lastModified / 1000;
    const asked = { camera_id: this.camera || null, record: box?.checked ?? false, written };
    this.seen = { share: 0, done: false };
    const failed = (/** @type {unknown} */ error) => (this.trouble = this.kith.excuse(error));
    const take = (/** @type {ClipSeen} */ seen) => {
      this.seen = seen;
      this.trouble = seen.trouble ?? "";
      if (!seen.done) return;
      this._stop();
      this.dispatchEvent(new Event("done"));
    };
    const { signal } = (this._sending = new AbortController());
    try {
      const upload = await this.kith.uploadFile(file, signal);
      this._looking = this.kith.follow("clips/analyze", { ...asked, upload }, take, failed);
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }

  _stop() {
    this._sending.abort();
    this._looking?.();
    this._looking = undefined;
  }
}

Recording.define("kith-recording");

/**
 * The button that opens it.
 * @param {Kith} kith
 * @param {Camera[]} cameras
 * @param {() => void} done called when a recording was looked at
 */
export function recordingButton(kith, cameras, done) {
  const open = (/** @type {Event} */ event) => {
    const dialog = /** @type {HTMLElement} */ (event.currentTarget).nextElementSibling;
    /** @type {Recording} */ (dialog).ask();
  };
  return html`<div>
    <button class="button" @click=${open}>${icon("live")}${kith.say("visits.recording")}</button>
    <kith-recording .kith=${kith} .cameras=${cameras} @done=${done}></kith-recording>
  </div>`;
}
