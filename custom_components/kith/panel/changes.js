/** Turns through visits that would end differently, one by one. */

import { css, html } from "./vendor/lit.js";
import { KithElement } from "./element.js";
import { icon } from "./icons.js";
import { base, buttons, portraits } from "./styles.js";
import { face } from "./visits.js";

export class Changes extends KithElement {
  static properties = {
    changed: { attribute: false },
    now: {},
    then: {},
    place: { state: true },
    seen: { state: true },
  };

  static styles = [
    base,
    buttons,
    portraits,
    css`
      :host { display: grid; gap: 14px; padding: 16px; border-radius: 18px; background: var(--kith-wash); }
      .visit { display: flex; gap: 16px; align-items: center; }
      .mark { display: grid; place-items: center; width: 72px; height: 72px; flex: none; border-radius: 28%; }
      .mark { background: var(--kith-card); }
      .would { font-weight: 500; }
      .turn { display: flex; align-items: center; justify-content: space-between; gap: 8px; }
      .back .glyph { transform: rotate(180deg); }
    `,
  ];

  constructor() {
    super();
    /** At least one. @type {ChangedVisit[]} */
    this.changed = [];
    /** The labels of how a visit ended, and of how it would end. */
    this.now = "";
    this.then = "";
    this.place = 0;
    /** How many of the changes the owner has seen. */
    this.seen = 1;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("changed")) return;
    this.place = 0;
    this.seen = 1;
  }

  render() {
    const { kith, place } = this;
    const count = this.changed.length;
    const visit = /** @type {ChangedVisit} */ (this.changed[place]);
    return html`
      <div class="visit">
        ${face(visit, [], 72)}
        <span>${kith.moment(visit.begin)}<br /><span class="quiet">${visit.camera}</span></span>
      </div>
      <dl>
        <dt>${this.now}</dt>
        <dd>${visit.words}</dd>
        <dt>${this.then}</dt>
        <dd class="would">${visit.would.words}</dd>
      </dl>
      <div class="turn">
        <button class="button icon back" aria-label=${kith.say("knob.before")} ?disabled=${place === 0}
          @click=${() => this._turn(-1)}>${icon("next")}</button>
        <span class="small">${kith.say("knob.place", { place: place + 1, count })}</span>
        <button class="button ${this.seen < count ? "primary" : ""}" ?disabled=${place === count - 1}
          @click=${() => this._turn(1)}>${kith.say("knob.next")}${icon("next")}</button>
      </div>
    `;
  }

  /** @param {number} by */
  _turn(by) {
    this.place += by;
    this.seen = Math.max(this.seen, this.place + 1);
    this.dispatchEvent(new CustomEvent("seen", { detail: this.seen }));
  }
}

Changes.define("kith-changes");
