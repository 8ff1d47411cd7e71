/** Kith's panel: the frame around its pages. Home Assistant sets hass, narrow, route, and panel. */

import { LitElement, css, html, nothing } from "./vendor/lit.js";
import "./notes.js";
import "./undo.js";
import { icon } from "./icons.js";
import { Kith } from "./kith.js";
import { isForThePage } from "./page.js";
import { base, buttons, cards } from "./styles.js";
import { watch } from "./subscription.js";
import { HASS, languageOf, localized } from "./words.js";

/** @type {Part[]} */
const PARTS = ["inbox", "people", "visits", "cameras", "settings"];
/** Milliseconds until the page reloads its pictures, whose addresses work for an hour. */
const SHOWN_FOR = 45 * 60_000;

/** Loaded when needed, or when the browser is idle. @type {Record<Part, () => Promise<unknown>>} */
const PAGES = {
  inbox: () => import("./inbox.js"),
  people: () => import("./people.js"),
  visits: () => import("./visits.js"),
  cameras: () => import("./cameras.js"),
  settings: () => import("./settings.js"),
};

export class Panel extends LitElement {
  static properties = {
    hass: HASS,
    narrow: { type: Boolean, reflect: true },
    route: { attribute: false },
    panel: { attribute: false },
    kith: { state: true },
    told: { state: true },
    refused: { state: true },
    there: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    css`
      :host {
        display: flex; flex-direction: column; min-height: 100vh; min-height: 100dvh;
        background: var(--primary-background-color, #fafafa);
      }
      header {
        position: sticky; top: 0; z-index: 3; display: flex; align-items: center; gap: 4px; padding: 0 12px;
        min-height: var(--header-height, 56px);
        background: var(--app-header-background-color, var(--kith-card));
        color: var(--app-header-text-color, var(--kith-ink));
        border-bottom: var(--app-header-border-bottom, 1px solid var(--kith-line));
      }
      .title { font-size: 1.25rem; font-weight: 400; margin: 0 20px 0 8px; }
      nav { display: flex; gap: 4px; }
      nav a {
        position: relative; display: flex; align-items: center; gap: 8px; min-height: 44px; padding: 0 16px;
        color: inherit; text-decoration: none; border-radius: 999px; font-weight: 500; font-size: 0.9375rem;
      }
      nav a[aria-current="page"] { background: var(--kith-tint); color: var(--kith-accent); }
      .many {
        min-width: 20px; border-radius: 10px; padding: 0 6px; font-size: 0.75rem; line-height: 20px; text-align: center;
        background: var(--kith-fill); color: var(--kith-on-fill);
      }
      main { flex: 1; width: 100%; max-width: 960px; margin: 0 auto; padding: 24px 20px 40px; }
      main:focus { outline: none; }
      .feet { position: sticky; bottom: 0; z-index: 4; pointer-events: none; }
      :host([narrow]) main { padding: 12px 8px 24px; }
      :host([narrow]) nav {
        pointer-events: auto; justify-content: space-around; gap: 0; padding: 6px 4px; background: var(--kith-card);
        border-top: 1px solid var(--kith-line);
      }
      :host([narrow]) nav a {
        flex: 1; flex-direction: column; gap: 2px; padding: 6px 2px; font-size: 0.75rem; border-radius: 16px;
      }
      :host([narrow]) .many { position: absolute; top: 2px; left: calc(50% + 6px); }
      .skip { position: absolute; left: -999px; top: 4px; z-index: 9; }
      .skip:focus { left: 8px; }
    `,
  ];

  constructor() {
    super();
    /** @type {Hass} */
    this.hass = /** @type {any} */ (undefined);
    this.narrow = false;
    /** @type {Route | undefined} */
    this.route = undefined;
    /** @type {unknown} */
    this.panel = undefined;
    /** @type {Kith | null} */
    this.kith = null;
    /** @type {Told | null} */
    this.told = null;
    this.refused = false;
    /** @type {Set<Part>} pages whose code is loaded */
    this.there = new Set();
    /** @type {Record<Part, number>} */
    this.revisions = { inbox: 0, people: 0, visits: 0, cameras: 0, settings: 0 };
    this._language = "";
    /** @type {(() => void) | undefined} */
    this._stop = undefined;
    this._asked = Date.now();
    this._onKey = (/** @type {KeyboardEvent} */ event) => this._key(event);
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener("keydown", this._onKey);
    this._renewal = setInterval(() => Date.now() - this._asked > SHOWN_FOR && this._renew(PARTS), 60_000);
    if (this.hass) this._follow();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this._onKey);
    clearInterval(this._renewal);
    this._stop?.();
    this._stop = undefined;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!this.hass) return;
    if (changed.has("hass")) {
      const language = languageOf(this.hass);
      if (language !== this._language) this._speak(language);
      if (!this._stop && this.isConnected) this._follow();
    }
    this._fetch(this._place.part);
  }

  /** @param {Part} part */
  async _fetch(part) {
    if (this.there.has(part)) return;
    await PAGES[part]().then(
      () => (this.there = new Set([...this.there, part])),
      () => undefined, // no connection: the page says so, and the next change tries again
    );
  }

  /** @param {string} language */
  async _speak(language) {
    this._language = language;
    const localize = await localized(this.hass);
    if (language === this._language) this.kith = new Kith(this.hass, localize, this.kith);
  }

  _follow() {
    const listener = (/** @type {Told} */ told) => {
      this.told = told;
      this.refused = false;
      this._renew(told.changed);
    };
    const message = { type: "kith/subscribe", language: this.hass.language };
    this._stop = watch(this.hass, message, listener, ({ code }) => (this.refused = code === "unauthorized"));
  }

  /** @param {Part[]} parts */
  _renew(parts) {
    if (parts.length === PARTS.length) this._asked = Date.now();
    const renewed = parts.map((part) => [part, this.revisions[part] + 1]);
    this.revisions = { ...this.revisions, ...Object.fromEntries(renewed) };
    this.requestUpdate();
  }

  /** What this user may see. */
  get _parts() {
    return this.kith?.admin === false ? PARTS.slice(0, 1) : PARTS;
  }

  get _place() {
    const [, first = "", subject = ""] = (this.route?.path ?? "").split("/");
    const part = this._parts.find((one) => one === first) ?? "inbox";
    return { part, subject };
  }

  render() {
    const { kith, hass } = this;
    if (!kith) return nothing;
    kith.hass = hass;
    kith.told = this.told;
    const { part, subject } = this._place;
    return html`
      <a class="button primary skip" href="#main" @click=${this._skip}>${kith.say("nav.skip")}</a>
      <header @click=${this._follows}>
        ${this._menu()}
        <span class="title">${this.narrow ? kith.say(`nav.${part}`) : "Kith"}</span>
        ${this.narrow ? nothing : this._nav(part)}
      </header>
      <main id="main" tabindex="-1" @click=${this._follows}>
        <kith-notes .kith=${kith} .told=${this.told} .connected=${hass.connected} .refused=${this.refused}></kith-notes>
        ${this.there.has(part) && this.told
          ? this._page(part, subject) : html`<div class=${this.refused ? nothing : "skeleton"}></div>`}
      </main>
      <div class="feet" @click=${this._follows}>
        <kith-undo .kith=${kith}></kith-undo>
        ${this.narrow ? this._nav(part) : nothing}
      </div>
    `;
  }

  firstUpdated() {
    requestIdleCallback?.(() => this._parts.forEach((part) => this._fetch(part)), { timeout: 5_000 });
  }

  /** @param {Part} part @param {string} subject */
  _page(part, subject) {
    const { kith, revisions } = this;
    if (!this.told?.loaded) return nothing;
    const revision = revisions[part];
    switch (part) {
      case "inbox":
        return html`<kith-inbox .kith=${kith} .subject=${subject} .revision=${revision}></kith-inbox>`;
      case "people":
        return subject
          ? html`<kith-person .kith=${kith} .subject=${subject} .revision=${revision}></kith-person>`
          : html`<kith-people .kith=${kith} .revision=${revision}></kith-people>`;
      case "visits":
        return this._visits(subject);
      case "cameras":
        return html`<kith-cameras .kith=${kith} .revision=${revision}></kith-cameras>`;
      default:
        return html`<kith-settings .kith=${kith} .subject=${subject} .revision=${revision}></kith-settings>`;
    }
  }

  /** @param {string} subject a view, or a visit's id; the list without one */
  _visits(subject) {
    const { kith, revisions } = this;
    const setup = revisions.settings; // "people" also changes whenever somebody comes or goes
    switch (subject) {
      case "":
        return html`<kith-visits .kith=${kith} .revision=${revisions.visits} .setup=${setup}></kith-visits>`;
      case "day":
        return html`<kith-day .kith=${kith} .revision=${revisions.visits}></kith-day>`;
      case "week":
        return html`<kith-week .kith=${kith} .revision=${revisions.visits}></kith-week>`;
      default:
        return html`<kith-visit .kith=${kith} .subject=${subject} .revision=${revisions.visits} .setup=${setup}>
          </kith-visit>`;
    }
  }

  _menu() {
    const { narrow, hass } = this;
    if (customElements.get("ha-menu-button")) {
      return html`<ha-menu-button .hass=${hass} .narrow=${narrow}></ha-menu-button>`;
    }
    if (!narrow) return nothing;
    const label = /** @type {Kith} */ (this.kith).say("nav.menu");
    const toggle = () => this.dispatchEvent(new CustomEvent("hass-toggle-menu", { bubbles: true, composed: true }));
    return html`<button class="button text icon" aria-label=${label} @click=${toggle}>${icon("menu")}</button>`;
  }

  /** @param {Part} now */
  _nav(now) {
    const kith = /** @type {Kith} */ (this.kith);
    if (this._parts.length === 1) return nothing;
    return html`<nav aria-label="Kith">
      ${PARTS.map((part) => {
        const many = part === "inbox" ? this.told?.unanswered : 0;
        return html`<a href="/kith/${part}" aria-current=${part === now ? "page" : nothing}>
          ${icon(part)}<span>${kith.say(this.narrow ? `nav.short_${part}` : `nav.${part}`)}</span>
          ${many ? html`<span class="many" aria-label=${kith.count("inbox.open", many)}>${many}</span>` : nothing}
        </a>`;
      })}
    </nav>`;
  }

  /** Follows links between the pages without loading. @param {MouseEvent} event */
  _follows(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
    if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
    if (!link.pathname.startsWith("/kith/")) return; // Home Assistant follows links to its own pages
    event.preventDefault();
    this.kith?.go(link.pathname.slice("/kith".length));
    window.scrollTo(0, 0);
  }

  /** @param {Event} event */
  _skip(event) {
    event.preventDefault();
    /** @type {HTMLElement} */ (this.renderRoot.querySelector("main")).focus();
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.key !== "u" || event.repeat || !isForThePage(event)) return;
    /** @type {import("./undo.js").UndoLines} */ (this.renderRoot.querySelector("kith-undo")).takeBackNewest();
  }
}

if (!customElements.get("kith-panel")) customElements.define("kith-panel", Panel);
