/** What the pages share: they load, wait, report errors, and reload after changes. */

import { html } from "./vendor/lit.js";
import { confirm } from "./confirm.js";
import { KithElement } from "./element.js";
import { icon } from "./icons.js";

export class Page extends KithElement {
  /** @type {typeof KithElement.properties} */
  static properties = {
    subject: {},
    revision: { type: Number },
    setup: { type: Number },
    failure: { state: true },
    ready: { state: true },
  };

  constructor() {
    super();
    /** The id in the address: of a question, a person, or a visit. */
    this.subject = "";
    /** Incremented when the page's content has changed. */
    this.revision = 0;
    /** Incremented when people, their photos, or cameras have changed, and before addresses of portraits expire. */
    this.setup = 0;
    /** @type {string | null} */
    this.failure = null;
    this.ready = false;
    this._turn = 0;
    this._onKey = (/** @type {KeyboardEvent} */ event) => this.key(event);
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener("keydown", this._onKey);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this._onKey);
  }

  /** A key was pressed, anywhere in the window. @param {KeyboardEvent} event */
  key(event) {
    void event;
  }

  /** Requests everything shown. @returns {Promise<any>} */
  async load() {}

  /** Stores the data. @param {any} found the result of load() */
  take(found) {
    void found;
  }

  /** @returns {unknown} the content, once loaded */
  show() {
    return html``;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("subject") && changed.get("subject") !== undefined) this.ready = false;
    if (changed.has("subject") || changed.has("revision")) this.refresh();
  }

  async refresh() {
    const turn = ++this._turn;
    try {
      const found = await this.load();
      if (turn !== this._turn) return;
      this.take(found);
      this.failure = null;
    } catch (error) {
      // without a connection, keep what is shown; reconnecting reloads everything
      if (turn !== this._turn || !this.kith.hass.connected) return;
      this.failure = this.kith.excuse(error);
    }
    this.ready = true;
  }

  render() {
    if (!this.ready) {
      return html`<div class="skeleton" role="status">
        <span class="hidden">${this.kith.say("common.loading")}</span>
      </div>`;
    }
    return this.failure ? this.sorry(this.failure) : this.show();
  }

  /** @param {string} words */
  sorry(words) {
    return html`<div class="card empty" role="alert">
      ${icon("alert")}
      <h2>${this.kith.say("common.sorry")}</h2>
      <p>${words}</p>
      <button class="button primary" @click=${this.refresh}>${this.kith.say("common.again")}</button>
    </div>`;
  }

  /**
   * Sends a command that may be questioned once: "This looks very much like Ada: really not her?"
   * Rejects like `ask`; gives null if the owner thought better of it.
   * @template T
   * @param {string} command
   * @param {object} asked
   * @returns {Promise<T | null>}
   */
  async insist(command, asked) {
    try {
      return await this.kith.ask(command, asked);
    } catch (error) {
      if (/** @type {{code?: unknown}} */ (error)?.code !== "mark_contradicts") throw error;
      const sure = await confirm(this, this.kith.excuse(error));
      return sure ? this.kith.ask(command, { ...asked, sure: true }) : null;
    }
  }
}

/**
 * False for keys pressed in a text field or meant for the browser.
 * @param {KeyboardEvent} event
 */
export function isForThePage(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const path = /** @type {HTMLElement[]} */ (event.composedPath());
  return !path.some((one) => one.matches?.("input, select, textarea, dialog"));
}
