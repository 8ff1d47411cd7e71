/** Areas of a camera's picture that Kith ignores, drawn on the picture: with a finger, a mouse, or the keyboard. */

import { css, html, nothing } from "./vendor/lit.js";
import { KithElement } from "./element.js";
import { icon } from "./icons.js";
import { base, buttons } from "./styles.js";

/** @typedef {{left: number, top: number, right: number, bottom: number}} Area in percent of the picture */

/** Percent: a smaller area is a slip of the finger. */
const SMALLEST = 3;
/** Where an area begins that is added with the keyboard. */
const MIDDLE = { left: 35, top: 35, right: 65, bottom: 65 };
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Areas extends KithElement {
  static properties = {
    areas: { attribute: false },
    watched: { attribute: false },
    entity: { attribute: false },
    seen: { state: true },
    drawn: { state: true },
  };

  static styles = [
    base,
    buttons,
    css`
      :host { display: grid; gap: 8px; }
      .still {
        position: relative; overflow: hidden; border-radius: 12px; background: #333; aspect-ratio: 16 / 9;
        touch-action: none; cursor: crosshair; user-select: none;
      }
      .still:has(img) { aspect-ratio: auto; min-height: 120px; }
      img { display: block; width: 100%; pointer-events: none; }
      .area {
        position: absolute; padding: 0; border: 2px solid #fff; border-radius: 6px; cursor: move; touch-action: none;
        background: repeating-linear-gradient(45deg, #000a 0 6px, #0006 6px 12px); box-shadow: 0 0 0 1px #0009;
      }
      .area:focus-visible { outline: 3px solid #fff; outline-offset: 2px; }
      .corner {
        position: absolute; right: -2px; bottom: -2px; width: 22px; height: 22px; cursor: nwse-resize;
        background: linear-gradient(135deg, transparent 50%, #fff 50%); border-radius: 0 0 4px 0;
      }
      ul { gap: 4px; }
      li { display: flex; justify-content: space-between; align-items: center; font-size: 0.875rem; }
    `,
  ];

  constructor() {
    super();
    /** @type {Area[]} */
    this.areas = [];
    /** @type {string | undefined} the id of a camera that Kith watches: its picture is shown as Kith turns it */
    this.watched = undefined;
    /** @type {string | undefined} else Home Assistant's camera */
    this.entity = undefined;
    /** @type {string | null} */
    this.seen = null;
    /** @type {{place: number, area: Area} | null} what is being drawn, moved, or resized */
    this.drawn = null;
    /** @type {((to: [number, number]) => Area) | null} */
    this._drag = null;
    /** @type {(() => void) | undefined} */
    this._stop = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    if (!this.watched) return;
    const show = (/** @type {Watched} */ { picture }) => (this.seen ??= picture);
    const camera = { camera_id: this.watched };
    this._stop = this.kith.follow("cameras/watch", camera, show, () => undefined); // areas need no picture
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._stop?.();
  }

  get _picture() {
    if (this.watched) return this.seen;
    const state = this.entity ? this.kith.hass.states[this.entity] : undefined;
    return /** @type {string | undefined} */ (state?.attributes.entity_picture);
  }

  render() {
    const { kith, drawn, _picture: picture } = this;
    const areas = [...this.areas];
    if (drawn) areas[drawn.place] = drawn.area;
    return html`
      <div class="still" @pointerdown=${this._begin} @pointermove=${this._move} @pointerup=${this._end}
        @pointercancel=${this._end}>
        ${picture ? html`<img src=${picture} alt=${kith.say("areas.picture")} />` : nothing}
        ${areas.map((area, place) => this._area(area, place))}
      </div>
      <p class="small quiet" id="how">${kith.say("areas.how")}</p>
      <ul>
        ${areas.map(
          (area, place) => html`<li>
            <span>${this._name(area, place)}</span>
            <button class="button text icon" type="button" aria-label=${kith.say("areas.remove", { number: place + 1 })}
              @click=${() => this._remove(place)}>${icon("erase")}</button>
          </li>`,
        )}
      </ul>
      <div>
        <button class="button" type="button" @click=${this._add}>${icon("plus")}${kith.say("areas.add")}</button>
      </div>
    `;
  }

  /** @param {Area} area @param {number} place */
  _area(area, place) {
    const { left, top, right, bottom } = area;
    const style = `left: ${left}%; top: ${top}%; width: ${right - left}%; height: ${bottom - top}%`;
    return html`<button class="area" type="button" style=${style} data-place=${place} aria-describedby="how"
      aria-label=${this._name(area, place)} @keydown=${(/** @type {KeyboardEvent} */ event) => this._key(event, place)}>
      <span class="corner"></span>
    </button>`;
  }

  /** @param {Area} area @param {number} place */
  _name({ left, top, right, bottom }, place) {
    return this.kith.say("areas.area", { number: place + 1, left, top, right, bottom });
  }

  /** Where the pointer is, in percent. @param {PointerEvent} event @returns {[number, number]} */
  _at(event) {
    const { left, top, width, height } = this._still.getBoundingClientRect();
    return [percent((100 * (event.clientX - left)) / width), percent((100 * (event.clientY - top)) / height)];
  }

  get _still() {
    return /** @type {HTMLElement} */ (this.renderRoot.querySelector(".still"));
  }

  /** @param {PointerEvent} event */
  _begin(event) {
    if (event.button) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const area = /** @type {HTMLElement | null} */ (target.closest(".area"));
    const place = area ? Number(area.dataset.place) : this.areas.length;
    const [from, before] = [this._at(event), this.areas[place]];
    if (!before) this._drag = (to) => between(from, to);
    else if (target.matches(".corner")) this._drag = (to) => between([before.left, before.top], to);
    else this._drag = (to) => moved(before, to[0] - from[0], to[1] - from[1]);
    this.drawn = { place, area: this._drag(from) };
    this._still.setPointerCapture(event.pointerId);
    event.preventDefault();
    area?.focus();
  }

  /** @param {PointerEvent} event */
  _move(event) {
    if (this.drawn && this._drag) this.drawn = { place: this.drawn.place, area: this._drag(this._at(event)) };
  }

  _end() {
    const { drawn } = this;
    this.drawn = this._drag = null;
    if (drawn && isLarge(drawn.area)) this._set(drawn.place, drawn.area);
  }

  /**
   * Arrows move an area, with Shift they resize it; Delete removes it.
   * @param {KeyboardEvent} event
   * @param {number} place
   */
  _key(event, place) {
    if (event.key === "Delete" || event.key === "Backspace") this._remove(place);
    else if (!(event.key in ARROWS)) return;
    else {
      const [across, down] = ARROWS[event.key];
      const { left, top, right, bottom } = this.areas[place];
      const area = event.shiftKey
        ? { left, top, right: percent(right + across), bottom: percent(bottom + down) }
        : moved(this.areas[place], across, down);
      if (isLarge(area)) this._set(place, area);
    }
    event.preventDefault();
  }

  async _add() {
    this._set(this.areas.length, MIDDLE);
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector(".area:last-of-type"))?.focus();
  }

  /** @param {number} place */
  _remove(place) {
    this._tell(this.areas.filter((_, at) => at !== place));
  }

  /** @param {number} place @param {Area} area */
  _set(place, area) {
    this._tell(Object.assign([...this.areas], { [place]: area }));
  }

  /** @param {Area[]} areas */
  _tell(areas) {
    this.areas = areas;
    this.dispatchEvent(new CustomEvent("changed", { detail: areas }));
  }
}

/** @param {number} value */
function percent(value) {
  return Math.round(Math.min(100, Math.max(0, value)));
}

/** @param {[number, number]} one @param {[number, number]} other @returns {Area} */
function between(one, other) {
  const [left, right] = [one[0], other[0]].sort((a, b) => a - b);
  const [top, bottom] = [one[1], other[1]].sort((a, b) => a - b);
  return { left, top, right, bottom };
}

/** As far as it stays in the picture. @param {Area} area @param {number} across @param {number} down @returns {Area} */
function moved({ left, top, right, bottom }, across, down) {
  const x = Math.min(100 - right, Math.max(-left, across));
  const y = Math.min(100 - bottom, Math.max(-top, down));
  return { left: left + x, top: top + y, right: right + x, bottom: bottom + y };
}

/** @param {Area} area */
function isLarge({ left, top, right, bottom }) {
  return right - left >= SMALLEST && bottom - top >= SMALLEST;
}

Areas.define("kith-areas");
