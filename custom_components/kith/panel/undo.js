/** Lines at the foot of the page with a button that undoes the last changes for ten seconds. */

import { css, html, nothing, repeat } from "./vendor/lit.js";
import { KithElement, firstClick } from "./element.js";
import { icon } from "./icons.js";
import { base, buttons } from "./styles.js";

/** Milliseconds, the same as in the backend. */
const LASTS = 10_000;
/** Milliseconds for which a line without a button stays. */
const NOTED = 4_000;
/** Lines; more only while they can be undone. */
const MOST = 3;

/**
 * @typedef {object} Offer
 * @property {string} words
 * @property {{words: string, picture: string | null, kept: boolean}[]} [details]
 * @property {string} [command] undoes it; without one, it cannot be undone
 * @property {string} [undo] the token for the command
 * @property {() => void} [after] called once it was undone
 * @property {boolean} [bad]
 */

export class Undos extends EventTarget {
  constructor() {
    super();
    /** @type {(Offer & {number: number})[]} */
    this.open = [];
    this._number = 0;
  }

  /** @param {Offer} offer */
  offer(offer) {
    const number = ++this._number;
    const passing = this.open.filter((one) => !one.undo).slice(0, Math.max(0, this.open.length + 1 - MOST));
    this.open = [...this.open.filter((one) => !passing.includes(one)), { ...offer, number }];
    setTimeout(() => this.close(number), offer.undo || offer.bad ? LASTS : NOTED);
    this.dispatchEvent(new Event("change"));
  }

  /** @param {number} number */
  close(number) {
    this.open = this.open.filter((one) => one.number !== number);
    this.dispatchEvent(new Event("change"));
  }
}

export class UndoLines extends KithElement {
  static styles = [
    base,
    buttons,
    css`
      div.lines { display: grid; gap: 8px; justify-items: center; padding: 0 12px 12px; pointer-events: none; }
      div.lines { max-height: 50vh; overflow-y: auto; overscroll-behavior: contain; }
      .line {
        pointer-events: auto; width: min(100%, 560px); border-radius: 16px; padding: 10px 8px 10px 18px;
        background: var(--primary-text-color); color: var(--primary-background-color);
        box-shadow: 0 6px 24px #0005; animation: rise 0.18s ease-out;
      }
      .row { display: flex; align-items: center; gap: 8px; min-height: 40px; }
      .words { flex: 1; }
      .bad { background: var(--kith-bad); color: #fff; }
      .line .button { color: inherit; background: color-mix(in srgb, currentColor 16%, transparent); }
      .line .icon { background: none; }
      ul { margin: 8px 10px 6px 0; gap: 8px; }
      li { display: flex; gap: 10px; align-items: center; font-size: 0.875rem; }
      li img { width: 36px; height: 36px; border-radius: 10px; object-fit: cover; }
      li.dropped img { opacity: 0.5; }
      summary {
        cursor: pointer; padding: 4px 0; font-size: 0.875rem; text-decoration: underline; text-underline-offset: 3px;
      }
      .bar {
        height: 3px; border-radius: 2px; margin: 6px 10px 0 0; background: currentColor; opacity: 0.5;
        transform-origin: left; animation: shrink 10s linear forwards;
      }
      @keyframes shrink { to { transform: scaleX(0); } }
      @keyframes rise { from { transform: translateY(12px); opacity: 0; } }
      @media (prefers-reduced-motion: reduce) { .line { animation: none; } .bar { display: none; } }
    `,
  ];

  constructor() {
    super();
    this._changed = () => this.requestUpdate();
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    if (!changed.has("kith")) return;
    changed.get("kith")?.undos.removeEventListener("change", this._changed);
    this.kith.undos.addEventListener("change", this._changed);
  }

  /** The newest line is the last. */
  updated() {
    const lines = /** @type {HTMLElement} */ (this.renderRoot.querySelector(".lines"));
    lines.scrollTop = lines.scrollHeight;
  }

  /** Undoes the newest change; for the keyboard. */
  takeBackNewest() {
    const newest = this.kith.undos.open.filter((one) => one.undo).at(-1);
    if (newest) this._takeBack(newest);
  }

  render() {
    const open = this.kith.undos.open;
    return html`<div class="lines" role="status" aria-live="polite" aria-atomic="false" @click=${firstClick}>
      ${repeat(open, (one) => one.number, (one) => this._line(one))}
    </div>`;
  }

  /** @param {Offer & {number: number}} one */
  _line(one) {
    const { kith } = this;
    return html`<div class="line ${one.bad ? "bad" : ""}">
      <div class="row">
        <span class="words">${one.words}</span>
        ${one.undo
          ? html`<button class="button" @click=${() => this._takeBack(one)}>
              ${icon("undo")}${kith.say("common.undo")}
            </button>`
          : nothing}
        <button class="button icon" aria-label=${kith.say("common.close")} @click=${() => kith.undos.close(one.number)}>
          ${icon("close")}
        </button>
      </div>
      ${one.details?.length ? this._details(one.details) : nothing}
      ${one.undo ? html`<div class="bar" aria-hidden="true"></div>` : nothing}
    </div>`;
  }

  /** @param {NonNullable<Offer["details"]>} details */
  _details(details) {
    const { kith } = this;
    const kept = details.filter((one) => one.kept).length;
    return html`<details>
      <summary>${kith.say("inbox.kept", { kept, all: details.length })}</summary>
      <ul>
        ${details.map(
          (one) => html`<li class=${one.kept ? "kept" : "dropped"}>
            ${one.picture ? html`<img src=${one.picture} alt="" />` : nothing}${icon(one.kept ? "check" : "close")}
            <span>${one.words}</span>
          </li>`,
        )}
      </ul>
    </details>`;
  }

  /** @param {Offer & {number: number}} one */
  async _takeBack(one) {
    const { kith } = this;
    kith.undos.close(one.number);
    try {
      await kith.ask(/** @type {string} */ (one.command), { undo: one.undo });
      kith.undos.offer({ words: kith.say("common.taken_back") });
      one.after?.();
    } catch (error) {
      kith.complain(error);
    }
  }
}

UndoLines.define("kith-undo");
