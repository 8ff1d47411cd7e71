/** The dialog that imports people with their photos: from where, who was found, what photos are worth, who agreed. */

import { css, html, nothing, repeat } from "./vendor/lit.js";
import { KithElement, input } from "./element.js";
import { icon } from "./icons.js";
import { checked, found, isNew } from "./import_list.js";
import { presenceUse } from "./presence_use.js";
import { base, buttons, cards, forms } from "./styles.js";

/** Bytes that Home Assistant takes as one upload. */
const LARGEST_UPLOAD = 100 * 1024 * 1024;

/** @typedef {{media_content_id: string, title: string, can_expand: boolean, children?: Folder[]}} Folder */
/** @typedef {"start" | "media" | "found" | "checked"} Stage */

export class ImportPeople extends KithElement {
  static properties = {
    stage: { state: true },
    people: { state: true },
    way: { state: true },
    busy: { state: true },
    complaint: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    css`
      :host { display: contents; }
      ul { gap: 8px; }
      li.choice { display: grid; gap: 10px; cursor: default; }
      .row { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; justify-content: space-between; }
      .inside { display: grid; gap: 10px; padding-inline-start: 32px; }
    `,
  ];

  constructor() {
    super();
    /** @type {Stage} */
    this.stage = "start";
    /** @type {ImportPerson[]} */
    this.people = [];
    /** @type {Folder[]} the media folders from the first to the open one */
    this.way = [];
    this.busy = false;
    this.complaint = "";
    this._id = "";
    /** Aborted when the dialog is closed: what is answered later belongs to nobody. */
    this._opened = new AbortController();
    /** @type {(() => void) | undefined} */
    this._checking = undefined;
    /** @type {unknown} */
    this._present = nothing;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._end();
  }

  async open() {
    this._present = await presenceUse(this.kith.hass);
    this.stage = "start";
    this.complaint = "";
    this._opened = new AbortController();
    this.dialog().showModal();
  }

  render() {
    const { kith, busy } = this;
    return html`<dialog aria-labelledby="title" @close=${this._closed}>
      <form class="body" novalidate @submit=${this._submit}>
        <h2 id="title">${kith.say("import.title")}</h2>
        ${this._stage()}
        <p class="complaint" role="alert">${this.complaint || nothing}</p>
        ${busy && this.stage !== "checked" ? html`<p role="status">${kith.say("import.busy")}</p>` : nothing}
        <div class="actions">
          <button class="button text" type="button" @click=${() => this.dialog().close()}>
            ${kith.say("common.close")}
          </button>
          ${this._next()}
        </div>
      </form>
    </dialog>`;
  }

  _stage() {
    switch (this.stage) {
      case "start":
        return this._start();
      case "media":
        return this._media();
      default:
        return this._found();
    }
  }

  _start() {
    const { kith } = this;
    return html`<p>${kith.say("import.how")}</p>
      <label class="field">
        ${kith.say("import.zip")}
        <input type="file" accept=".zip,application/zip" ?disabled=${this.busy} @change=${this._zip} />
        <span class="small">${kith.say("import.zip_how")}</span>
      </label>
      <label class="field">
        ${kith.say("import.folder")}
        <input name="folder" type="text" autocomplete="off" ?disabled=${this.busy} />
        <span class="small">${kith.say("import.folder_how")}</span>
      </label>
      <div>
        <button class="button" type="button" ?disabled=${this.busy} @click=${() => this._browse()}>
          ${icon("visits")}${kith.say("import.media")}
        </button>
      </div>`;
  }

  _media() {
    const { kith, way } = this;
    const now = way.at(-1);
    const folders = now?.children?.filter((child) => child.can_expand) ?? [];
    return html`<h3>${now?.title}</h3>
      <ul>
        ${folders.map(
          (folder) => html`<li>
            <button class="button" type="button" ?disabled=${this.busy} @click=${() => this._browse(folder)}>
              ${folder.title}${icon("next")}
            </button>
          </li>`,
        )}
      </ul>
      ${folders.length ? nothing : html`<p class="quiet">${kith.say("import.no_folders")}</p>`}
      <div>
        <button class="button text" type="button" @click=${this._up}>${icon("back")}${kith.say("import.up")}</button>
      </div>`;
  }

  _found() {
    const { kith, people, stage } = this;
    return html`<h3>${kith.count("import.found", people.length)}</h3>
      <p class="small">${kith.say(stage === "found" ? "import.found_how" : "import.ask")}</p>
      <ul>
        ${repeat(people, (one) => one.name, (one) => (stage === "found" ? found(kith, one) : checked(kith, one)))}
      </ul>
      ${stage === "checked" && people.some(isNew) ? this._newcomers() : nothing}`;
  }

  /** One answer for all: a home asks the same of everybody, and each can be changed later. */
  _newcomers() {
    return html`<p class="small">${this.kith.say("import.present")}</p>
      ${this._present}`;
  }

  _next() {
    const { kith, stage, busy } = this;
    if (stage === "checked" && busy) {
      return html`<button class="button" type="button" @click=${this._stop}>${kith.say("import.stop")}</button>`;
    }
    const words = { start: "look", media: "here", found: "check", checked: "save" }[stage];
    return html`<button class="button primary" type="submit" ?disabled=${busy}>${kith.say(`import.${words}`)}</button>`;
  }

  /** @param {SubmitEvent} event */
  _submit(event) {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    switch (this.stage) {
      case "start":
        return this._open({ folder: String(given.get("folder")).trim() || undefined });
      case "media":
        return this._open({ media: this.way.at(-1)?.media_content_id });
      case "found":
        return this._check(given.getAll("chosen").map(String));
      default:
        return this._enroll(given);
    }
  }

  /**
   * Returns what the work gives; null if it failed, which is said, or if the dialog was closed.
   * @template T
   * @param {Promise<T>} work
   */
  async _attempt(work) {
    const { signal } = this._opened;
    this.busy = true;
    this.complaint = "";
    try {
      const given = await work;
      return signal.aborted ? null : given;
    } catch (error) {
      if (!signal.aborted) this.complaint = this.kith.excuse(error);
      return null;
    } finally {
      if (!signal.aborted) this.busy = false;
    }
  }

  /** @param {Event} event */
  async _zip(event) {
    const [file] = input(event).files ?? [];
    if (!file) return;
    if (file.size > LARGEST_UPLOAD) {
      this.complaint = this.kith.say("import.zip_how");
      return;
    }
    const upload = await this._attempt(this.kith.uploadFile(file, this._opened.signal));
    if (upload) await this._open({ upload });
  }

  /** @param {Folder} [folder] the sources if none is given */
  async _browse(folder) {
    const asked = { type: "media_source/browse_media", media_content_id: folder?.media_content_id ?? "" };
    /** @type {Folder | null} */
    const found = await this._attempt(this.kith.hass.callWS(asked));
    if (!found) return;
    this.way = folder ? [...this.way, found] : [found];
    this.stage = "media";
  }

  _up() {
    this.way = this.way.slice(0, -1);
    if (!this.way.length) this.stage = "start";
  }

  /** @param {{folder?: string, upload?: string, media?: string}} whence */
  async _open(whence) {
    const { signal } = this._opened;
    /** @type {Promise<{import_id: string, people: ImportPerson[]}>} */
    const opening = this.kith.ask("import/open", whence);
    opening.then(({ import_id: id }) => signal.aborted && this._drop(id), () => undefined);
    const opened = await this._attempt(opening);
    if (!opened) return;
    this._id = opened.import_id;
    this.people = opened.people;
    this.stage = "found";
  }

  /** @param {string[]} names */
  _check(names) {
    if (!names.length) return;
    this.people = this.people.filter((one) => names.includes(one.name));
    this.stage = "checked";
    this.busy = true;
    const asked = { import_id: this._id, names };
    const take = (/** @type {ImportChecked} */ { person, done, trouble }) => {
      if (person) this.people = this.people.map((one) => (one.name === person.name ? person : one));
      if (done) this._stop();
      if (trouble) this.complaint = trouble;
    };
    this._checking = this.kith.follow("import/check", asked, take, (error) => {
      this.busy = false;
      this.complaint = this.kith.excuse(error);
    });
  }

  _stop() {
    this.busy = false;
    this._checking?.();
    this._checking = undefined;
  }

  /** @param {FormData} given */
  async _enroll(given) {
    const keep = given.getAll("keep");
    const present = given.get("present") ?? undefined;
    for (const name of given.getAll("agreed").map(String)) {
      const consent = { by: String(given.get(`by ${name}`) ?? "").trim(), photos: keep.includes(name) };
      const asked = { import_id: this._id, name, consent, present };
      /** @type {{enrolled: number, words: string} | null} */
      const done = await this._attempt(this.kith.ask("import/enroll", asked));
      if (!done) return;
      this.people = this.people.map((one) => (one.name === name ? { ...one, words: done.words } : one));
    }
  }

  _closed() {
    this._end();
    this.dispatchEvent(new Event("done"));
  }

  /** Drops what was seen: Kith keeps only what was imported. */
  _end() {
    this._opened.abort();
    this._stop();
    if (this._id) this._drop(this._id);
    this._id = "";
    this.people = [];
  }

  /** @param {string} id */
  _drop(id) {
    this.kith.ask("import/close", { import_id: id }).catch(() => undefined);
  }
}

ImportPeople.define("kith-import-people");
