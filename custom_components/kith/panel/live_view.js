/** What a camera and Kith see now, while this is on a visible page. */

import { css, html, nothing, styleMap, svg } from "./vendor/lit.js";
import { KithElement } from "./element.js";
import { icon } from "./icons.js";
import { base, cards } from "./styles.js";

/** Has this camera only a picture of each event, and so nothing live? @param {Camera} camera */
export function isImage(camera) {
  return camera.entity_id.startsWith("image.");
}

export class LiveView extends KithElement {
  static properties = {
    camera: { attribute: false },
    seen: { state: true },
    failure: { state: true },
  };

  static styles = [
    base,
    cards,
    css`
      :host { display: grid; gap: 12px; }
      .still {
        position: relative; overflow: hidden; border-radius: 16px; background: #000; aspect-ratio: 16 / 9;
        display: grid; place-items: center; color: #fff;
      }
      .still img, .still svg { position: absolute; inset: 0; width: 100%; height: 100%; }
      .still p { padding: 24px; text-align: center; }
      .tag {
        position: absolute; z-index: 1; max-width: 60%; padding: 2px 8px; border-radius: 6px; background: #000b;
        color: #fff; font-size: 0.875rem; font-weight: 500; overflow: hidden; text-overflow: ellipsis;
        white-space: nowrap;
      }
      rect { fill: none; vector-effect: non-scaling-stroke; stroke-width: 2.5; }
      rect.person { stroke: #ffffffb0; stroke-dasharray: 6 5; }
      rect.ok { stroke: #4ade80; }
      rect.no { stroke: #fbbf24; }
      ul { gap: 8px; }
      li { display: flex; gap: 10px; align-items: flex-start; }
      li .glyph { margin-top: 1px; }
      li.ok .glyph { color: var(--kith-good-ink); }
      li.no .glyph { color: var(--kith-warn-ink); }
    `,
  ];

  constructor() {
    super();
    /** @type {Camera} */
    this.camera = /** @type {any} */ (undefined);
    /** @type {Watched | null} */
    this.seen = null;
    this.failure = "";
    /** @type {(() => void) | undefined} */
    this._watching = undefined;
    this._onSight = () => (document.hidden ? this._stop() : this._start());
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this._onSight);
    this._start();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this._onSight);
    this._stop();
  }

  _start() {
    const listener = (/** @type {Watched} */ seen) => {
      this.seen = seen;
      this.failure = "";
    };
    this._watching ??= this.kith.watch("cameras/watch", { camera_id: this.camera.camera_id }, listener, (error) => {
      this.failure = this.kith.excuse(error);
    });
  }

  _stop() {
    this._watching?.();
    this._watching = undefined;
  }

  /** Why no face is listed. @param {Watched} seen */
  _nobody({ persons }) {
    if (!persons.length) return "live.nobody";
    return this.camera.recognition ? "live.no_face" : "live.off";
  }

  render() {
    const { kith, seen } = this;
    if (this.failure) return html`<div class="note warn">${icon("alert")}<p>${this.failure}</p></div>`;
    if (!seen) return html`<div class="still" role="status"><p>${kith.say("live.waiting")}</p></div>`;
    if (!seen.picture) {
      return html`<div class="still" role="status"><p>${kith.say("live.hidden")}</p></div>`;
    }
    return html`
      <div class="still" style=${styleMap({ "aspect-ratio": `${seen.width} / ${seen.height}` })}>
        <img src=${seen.picture} alt=${kith.say("live.picture", { camera: this.camera.name })} />
        ${tags(seen)}
        <svg viewBox="0 0 ${seen.width} ${seen.height}" aria-hidden="true">
          ${seen.persons.map((one) => box(one.box, "person"))}
          ${seen.faces.map((one) => box(one.box, one.ok ? "ok" : "no"))}
        </svg>
      </div>
      <ul role="status" aria-live="polite">
        ${seen.faces.map(
          (one) => html`<li class=${one.ok ? "ok" : "no"}>
            ${icon(one.ok ? "check" : "alert")}
            <span>${one.name ? html`<strong>${one.name}</strong> · ` : nothing}${one.words}</span>
          </li>`,
        )}
        ${seen.faces.length
          ? nothing
          : html`<li class="quiet">${kith.say(this._nobody(seen))}</li>`}
      </ul>
      <p class="small quiet">
        ${seen.captured ? kith.clock(seen.captured) : nothing}
        ${seen.ms === null ? nothing : html`· ${kith.say("cameras.ms", { ms: kith.number(seen.ms) })}`}
      </p>
    `;
  }
}

/** Each name once, above the person, or else above the face. @param {Watched} seen */
function tags({ persons, faces, width, height }) {
  const named = new Map([...faces, ...persons].filter((one) => one.name).map((one) => [one.name, one.box]));
  return [...named].map(([name, [left, top]]) => {
    const place = { left: `${(100 * left) / width}%`, top: `${(100 * top) / height}%` };
    return html`<span class="tag" aria-hidden="true" style=${styleMap(place)}>${name}</span>`;
  });
}

/** @param {number[]} edges @param {string} kind */
function box([left, top, right, bottom], kind) {
  return svg`<rect class=${kind} x=${left} y=${top} width=${right - left} height=${bottom - top} rx="8"></rect>`;
}

LiveView.define("kith-live-view");
