/** One of Home Assistant's own forms for Kith, shown on the page: what it asks and how it answers is the same there. */

import { css, html, nothing } from "./vendor/lit.js";
import { KithElement } from "./element.js";
import { fields, initial, invalid } from "./flow_fields.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { base, buttons, cards, forms } from "./styles.js";

/** Where Home Assistant answers, which texts are meant, and below what they are. */
const SUBENTRIES = { path: "config/config_entries/subentries/flow", category: "config_subentries" };
/** @type {Record<string, typeof SUBENTRIES>} */
const OTHERS = {
  options: { path: "config/config_entries/options/flow", category: "options" },
  engine: { path: "config/config_entries/flow", category: "config" },
};
/** Milliseconds between two looks at a step that works on its own. */
const AGAIN = 1_000;

/**
 * @typedef {object} Opened
 * @property {"camera" | "person" | "service" | "options" | "engine"} type
 * @property {string} [subentry] changes this one
 * @property {string[]} [menu] entries of the menus to go through
 * @property {string} [until] a step that is submitted empty, because the page does that part itself
 */

export class Flow extends KithElement {
  static properties = {
    step: { state: true },
    values: { state: true },
    failure: { state: true },
    invalid: { state: true },
    busy: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    css`
      :host { display: contents; }
      .say { white-space: pre-line; }
      .block { display: grid; gap: 4px; }
      .block.tick > :not(label) { margin-left: 32px; }
      .menu { display: grid; gap: 8px; }
      .menu .button {
        justify-content: space-between; min-height: 52px; padding: 10px 18px; border-radius: 18px; text-align: start;
      }
      .menu .button > span { display: grid; gap: 2px; }
      .menu .small { font-weight: 400; }
      .table { overflow-x: auto; font-size: 0.875rem; }
      th, td { text-align: start; padding: 4px 16px 4px 0; white-space: nowrap; }
      dialog:has(.table) { width: min(100vw - 24px, 860px); }
      .several { display: grid; gap: 10px; max-height: 220px; overflow-y: auto; padding: 4px; }
      .measure { display: flex; gap: 8px; align-items: center; }
      details { border-top: 1px solid var(--kith-line); padding-top: 12px; }
      summary { cursor: pointer; min-height: 32px; font-weight: 500; }
      .inside { display: grid; gap: 16px; padding-top: 12px; }
    `,
  ];

  constructor() {
    super();
    /** @type {FlowStep | null} */
    this.step = null;
    /** @type {Record<string, any>} */
    this.values = {};
    this.failure = "";
    /** @type {string[]} fields without a value that fits */
    this.invalid = [];
    this.busy = false;
    /** @type {Opened} */
    this.opened = { type: "person" };
    /** @type {Localize} */
    this._texts = () => "";
    /** @type {Localize} */
    this._choices = () => "";
    /** Ends uploads when the form is closed. */
    this._sending = new AbortController();
  }

  /** @param {Opened} opened */
  async open(opened) {
    const { hass } = this.kith;
    this.opened = opened;
    this.step = null;
    this.failure = "";
    this._sending = new AbortController();
    this._texts = await hass.loadBackendTranslation(this._place.category, "kith");
    this._choices = await hass.loadBackendTranslation("selector", "kith");
    await this.updateComplete;
    this.dialog().showModal();
    await this._go("POST", "", this._beginning);
    for (const next of opened.menu ?? []) {
      const step = /** @type {FlowStep | null} */ (this.step);
      if (step?.type === "menu") await this._go("POST", step.flow_id, { next_step_id: next });
    }
  }

  /** What begins the flow. */
  get _beginning() {
    const { type, subentry } = this.opened;
    const entry = this.kith.told?.entry_id;
    if (type === "engine") return { handler: "kith", entry_id: entry };
    if (type === "options") return { handler: entry };
    return { handler: [entry, type], ...(subentry ? { subentry_id: subentry } : {}) };
  }

  get _place() {
    return OTHERS[this.opened.type] ?? SUBENTRIES;
  }

  /** @param {string} method @param {string} flow @param {object} [body] */
  async _go(method, flow, body) {
    const { path } = this._place;
    this.busy = true;
    this.failure = "";
    this.invalid = [];
    try {
      await this._take(await this.kith.hass.callApi(method, flow ? `${path}/${flow}` : path, body));
    } catch (error) {
      this._fail(/** @type {{body?: {message?: string, errors?: object}}} */ (error));
    }
    this.busy = false;
  }

  /** @param {{body?: {message?: string, errors?: object}}} error */
  _fail(error) {
    const { message, errors } = error.body ?? {};
    this.invalid = Object.keys(errors ?? {}); // what they say is for developers, and in English
    if (!this.invalid.length) this.failure = message ?? this.kith.excuse(error);
  }

  /** @param {FlowStep} step */
  async _take(step) {
    if (step.type === "create_entry" || step.type === "abort") return this._end(step);
    this.step = step;
    this.values = initial(step.data_schema ?? []);
    if (step.type === "progress") setTimeout(() => this.step === step && this._go("GET", step.flow_id), AGAIN);
    else if (step.step_id === this.opened.until) await this._go("POST", step.flow_id, this.values);
  }

  /** @param {FlowStep} step */
  _end(step) {
    this.step = null;
    this.dialog().close();
    const words = this._say(step.type === "abort" ? `abort.${step.reason}` : "create_entry.default", step);
    if (words) this.kith.undos.offer({ words });
    this.dispatchEvent(new CustomEvent("done", { detail: step.title ?? null }));
  }

  _closed() {
    const { step } = this;
    this.step = null;
    this._sending.abort();
    if (!step) return;
    const ended = this.kith.hass.callApi("DELETE", `${this._place.path}/${step.flow_id}`);
    ended.then(() => this._left(), () => undefined);
  }

  /** What was accepted before is kept. */
  _left() {
    this.dispatchEvent(new CustomEvent("done", { detail: null }));
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    const refused = (changed.has("step") && this.step?.errors) || (changed.has("invalid") && this.invalid.length);
    if (refused) this.renderRoot.querySelector("[role=alert]")?.scrollIntoView({ block: "center" });
  }

  /** @param {string} key @param {FlowStep} step */
  _say(key, step) {
    const { type } = this.opened;
    const place = OTHERS[type]?.category ?? `${SUBENTRIES.category}.${type}`;
    return this._texts(`component.kith.${place}.${key}`, step.description_placeholders ?? {}) ?? "";
  }

  render() {
    const { kith, step } = this;
    return html`<dialog aria-labelledby="flow-title" @close=${this._closed}>
      <form novalidate @submit=${this._submit}>
        <h2 id="flow-title">${step ? this._title(step) : kith.say("common.loading")}</h2>
        ${this.failure ? html`<p class="complaint" role="alert">${this.failure}</p>` : nothing}
        ${step ? this._body(step) : nothing}
        <div class="actions">
          <button class="button text" type="button" @click=${() => this.dialog().close()}>
            ${kith.say("common.cancel")}
          </button>
          ${step?.type === "form"
            ? html`<button class="button primary" ?disabled=${this.busy}>
                ${this._say(`step.${step.step_id}.submit`, step) || kith.say("common.submit")}
              </button>`
            : nothing}
        </div>
      </form>
    </dialog>`;
  }

  /** @param {FlowStep} step */
  _title(step) {
    return this._say(`step.${step.step_id}.title`, step) || this._say("entry_type", step);
  }

  /** @param {FlowStep} step */
  _body(step) {
    const words = this._say(
      step.type === "progress" ? `progress.${step.progress_action}` : `step.${step.step_id}.description`,
      step,
    );
    const said = words ? markdown(words) : nothing;
    if (step.type === "menu") return html`${said}${this._menu(step)}`;
    return step.type === "form" ? html`${said}${this._form(step)}` : said;
  }

  /** @param {FlowStep} step */
  _menu(step) {
    return html`<div class="menu">
      ${(step.menu_options ?? []).map(
        (one) => html`<button class="button" type="button" ?disabled=${this.busy}
          @click=${() => this._go("POST", step.flow_id, { next_step_id: one })}>
          <span>
            ${this._say(`step.${step.step_id}.menu_options.${one}`, step) || one}
            <span class="small quiet">${this._say(`step.${step.step_id}.menu_option_descriptions.${one}`, step)}</span>
          </span>
          ${icon("next")}
        </button>`,
      )}
    </div>`;
  }

  /** @param {FlowStep} step */
  _form(step) {
    const told = Object.entries(step.errors ?? {}).map(([field, code]) => [
      field,
      this._say(`error.${code}`, step) || code,
    ]);
    const marked = this.invalid.map((field) => [field, this.kith.say("common.invalid")]);
    const errors = Object.fromEntries([...told, ...marked]);
    return html`
      ${errors.base ? html`<p class="complaint" role="alert">${errors.base}</p>` : nothing}
      ${fields(
        {
          kith: this.kith,
          scene: { watched: this.opened.subentry, entity: this.values.camera },
          values: this.values,
          errors,
          say: (key) => this._say(`step.${step.step_id}.${key}`, step),
          choice: (key) => this._choices(`component.kith.selector.${key}`) ?? "",
          set: (name, value) => (this.values = { ...this.values, [name]: value }),
          upload: (files) => this._upload(files),
        },
        step.data_schema ?? [],
      )}
    `;
  }

  /** @param {SubmitEvent} event */
  _submit(event) {
    event.preventDefault();
    const { step } = this;
    if (step?.type !== "form" || this.busy) return;
    this.invalid = invalid(step.data_schema ?? [], this.values);
    if (this.invalid.length) return;
    const given = Object.entries(this.values).filter(([, value]) => value !== undefined && value !== null);
    this._go("POST", step.flow_id, Object.fromEntries(given));
  }

  /** @param {File[]} files */
  async _upload([file]) {
    if (!file) return null;
    const { signal } = this._sending;
    return this.kith.uploadFile(file, signal).catch((error) => {
      if (!signal.aborted) this.failure = this.kith.excuse(error);
      return null;
    });
  }
}

Flow.define("kith-flow");
