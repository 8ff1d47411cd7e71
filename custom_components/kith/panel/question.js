/** One question, "Who is this?": the best picture, the likeliest answer first, everybody else one tap away. */

import { classMap, css, html, nothing, repeat } from "./vendor/lit.js";
import { KithElement, firstClick } from "./element.js";
import { icon } from "./icons.js";
import { hide, portrait, show } from "./picture.js";
import { base, buttons, cards, portraits } from "./styles.js";

/** @typedef {{kind: "assign" | "create" | "not" | "skip" | "never", person?: Chip, faces?: string[]}} Answer */

export class Question extends KithElement {
  static properties = {
    group: { attribute: false },
    busy: { type: Boolean },
    current: { type: Boolean, reflect: true },
    chosen: { state: true },
    left: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    portraits,
    css`
      :host {
        display: block; container-type: inline-size; content-visibility: auto; contain-intrinsic-block-size: auto 440px;
        padding: 4px;
      }
      article.card {
        display: grid; grid-template-columns: minmax(0, 1fr); gap: 20px; padding: 16px;
        transition: border-color 0.15s; scroll-margin: 72px 0 96px;
      }
      :host([current]) article { border-color: color-mix(in srgb, var(--kith-accent) 60%, transparent); }
      .look { display: grid; gap: 10px; align-content: start; min-width: 0; }
      .best {
        position: relative; margin: 0; aspect-ratio: 1; max-height: min(34vh, 340px); width: 100%;
        overflow: hidden; border-radius: 20px; background: var(--kith-tint); display: grid; place-items: center;
        color: var(--kith-accent);
      }
      .best .glyph { width: 72px; height: 72px; stroke-width: 1.2; }
      .best img { position: absolute; width: 100%; height: 100%; object-fit: cover; object-position: 50% 40%; }
      .best img.gone { display: none; }
      .best.left img { opacity: 0.35; }
      .thumbs { display: flex; gap: 8px; overflow-x: auto; padding: 3px; margin: -3px; scrollbar-width: thin; }
      .thumbs button {
        appearance: none; border: 0; padding: 0; width: 56px; height: 56px; border-radius: 16px; overflow: hidden;
        flex: none; cursor: pointer; background: var(--kith-tint); position: relative;
      }
      .thumbs img { width: 100%; height: 100%; object-fit: cover; display: block; }
      .thumbs [aria-pressed="true"] { box-shadow: 0 0 0 3px var(--kith-accent); }
      .thumbs .left img { opacity: 0.3; }
      .thumbs .left::after {
        content: ""; position: absolute; inset: 0;
        background: linear-gradient(to top right, transparent 47%, var(--kith-bad-ink) 47% 53%, transparent 53%);
      }
      .caption { display: flex; gap: 8px; align-items: center; justify-content: space-between; min-height: 40px; }
      .caption .button { min-height: 36px; padding: 0 14px; font-size: 0.875rem; flex: none; }
      .ask { display: grid; gap: 18px; align-content: start; min-width: 0; }
      .head { display: grid; gap: 4px; }
      h2 { font-size: 1.5rem; }
      .offer { display: grid; gap: 14px; padding: 14px; border-radius: 18px; background: var(--kith-tint); }
      .offer .who { display: flex; gap: 12px; align-items: center; }
      .offer .actions { flex-wrap: nowrap; }
      .offer .primary { flex: 1; min-height: 52px; font-size: 1.0625rem; }
      .offer .no { min-height: 52px; background: var(--kith-card); padding: 0 24px; }
      .chips { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
      .chips .button { padding: 0 16px 0 4px; min-height: 48px; max-width: 100%; }
      .chips .new { padding: 0 18px 0 14px; border: 1.5px dashed var(--kith-line); background: none; }
      .chips .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      kbd {
        font: inherit; font-size: 0.75rem; line-height: 1; padding: 3px 6px; border-radius: 6px; opacity: 0.8;
        border: 1px solid color-mix(in srgb, currentColor 45%, transparent); display: none;
      }
      .foot { margin: -4px -8px -6px; gap: 0; }
      @container (min-width: 620px) {
        .best { max-height: none; }
        kbd { display: inline; }
        article.card { grid-template-columns: 260px minmax(0, 1fr); gap: 28px; padding: 20px; }
      }
      article[aria-busy="true"] { opacity: 0.6; pointer-events: none; }
    `,
  ];

  constructor() {
    super();
    /** @type {Group} */
    this.group = /** @type {any} */ (undefined);
    this.busy = false;
    this.current = false;
    this.chosen = "";
    /** @type {Set<string>} faces excluded from the answer */
    this.left = new Set();
  }

  /** After an answer, what was left out of it is a question. @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("group") || !this.left.size) return;
    const left = this.group.faces.map((face) => face.face_id).filter((face) => this.left.has(face));
    this.left = new Set(left.length < this.group.faces.length ? left : []);
  }

  /** The people to choose from, in the order of the keys 1 to 9. */
  get people() {
    const { suggestion, likely } = this.group;
    return suggestion ? [suggestion, ...likely] : likely;
  }

  /** @param {number} place 0 for the first */
  choose(place) {
    const person = this.people[place];
    if (person) this._answer({ kind: "assign", person });
  }

  focus() {
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector("article"))?.focus();
  }

  /** @param {Answer} answer */
  _answer(answer) {
    if (this.busy) return;
    const faces = this.group.faces.map((face) => face.face_id).filter((face) => !this.left.has(face));
    const detail = this.left.size ? { ...answer, faces } : answer;
    this.dispatchEvent(new CustomEvent("answer", { detail, bubbles: true, composed: true }));
  }

  get _title() {
    const { suggestion, stranger } = this.group;
    if (suggestion) return this.kith.say("inbox.is_it", { name: suggestion.name });
    return this.kith.say(stranger ? "inbox.stranger" : "inbox.who");
  }

  render() {
    const { group, kith } = this;
    const face = group.faces.find((one) => one.face_id === this.chosen) ?? group.faces[0];
    return html`<article class="card" tabindex="-1" aria-labelledby="title" aria-busy=${this.busy}>
      ${this._look(face)}
      <div class="ask" @click=${firstClick}>
        <div class="head">
          <h2 id="title">${this._title}</h2>
          <p class="quiet">
            ${group.cameras.join(", ")} · ${kith.count("inbox.visits", group.visits)} · ${kith.moment(group.last)}
          </p>
        </div>
        ${group.suggestion ? this._offer(group.suggestion) : nothing} ${this._others()}
        <div class="actions foot">
          <button class="button text" @click=${() => this._answer({ kind: "never" })}>
            ${icon("never")}${kith.say("inbox.never")}
          </button>
          <button class="button text" @click=${() => this._answer({ kind: "skip" })}>
            ${icon("erase")}${kith.say("inbox.skip")}
          </button>
        </div>
      </div>
    </article>`;
  }

  /** @param {Face} face */
  _look(face) {
    const { kith, group } = this;
    const left = this.left.has(face.face_id);
    const seen = { camera: face.camera, when: kith.moment(face.captured) };
    return html`<div class="look">
      <figure class="best ${left ? "left" : ""}">
        ${icon("person")}
        ${face.picture
          ? html`<img src=${face.picture} alt=${kith.say("inbox.face", seen)} loading="lazy" decoding="async"
              @error=${hide} @load=${show} />`
          : nothing}
      </figure>
      <div class="caption small quiet">
        <span>${face.camera}, ${kith.clock(face.captured)}<br />${face.words}</span>
        ${group.faces.length > 1
          ? html`<button class="button" aria-pressed=${left} @click=${() => this._leave(face)}>
              ${kith.say(left ? "inbox.take_in" : "inbox.leave_out")}
            </button>`
          : nothing}
      </div>
      ${group.faces.length > 1 ? this._thumbs(face) : nothing}
    </div>`;
  }

  /** @param {Face} shown */
  _thumbs(shown) {
    const { kith } = this;
    return html`<div class="thumbs" role="group" aria-label=${kith.say("inbox.pictures")}>
      ${repeat(
        this.group.faces,
        (face) => face.face_id,
        (face) => html`<button
          class=${classMap({ left: this.left.has(face.face_id) })}
          aria-pressed=${face === shown}
          aria-label=${kith.say("inbox.face", { camera: face.camera, when: kith.moment(face.captured) })}
          @click=${() => (this.chosen = face.face_id)}
        >
          ${face.picture
            ? html`<img src=${face.picture} alt="" loading="lazy" decoding="async" @error=${hide} @load=${show} />`
            : nothing}
        </button>`,
      )}
    </div>`;
  }

  /** @param {NonNullable<Group["suggestion"]>} suggestion */
  _offer(suggestion) {
    const { kith } = this;
    return html`<div class="offer">
      <div class="who">
        ${portrait(suggestion.portrait, suggestion.name, 56)}
        <span class="small">${suggestion.words}</span>
      </div>
      <div class="actions">
        <button class="button primary" @click=${() => this._answer({ kind: "assign", person: suggestion })}>
          ${icon("check")}${kith.say("inbox.yes", { name: suggestion.name })}<kbd aria-hidden="true">1</kbd>
        </button>
        <button class="button no" @click=${() => this._answer({ kind: "not", person: suggestion })}>
          ${kith.say("inbox.no")}
        </button>
      </div>
    </div>`;
  }

  _others() {
    const { kith, group } = this;
    const before = group.suggestion ? 1 : 0;
    return html`<div>
      <h3 class="quiet small">${kith.say(before ? "inbox.somebody_else" : "inbox.it_is")}</h3>
      <ul class="chips">
        ${repeat(
          group.likely,
          (person) => person.person_id,
          (person, place) => html`<li>
            <button class="button" @click=${() => this._answer({ kind: "assign", person })}>
              ${portrait(person.portrait, person.name, 40)}<span class="name">${person.name}</span>
              ${place + before < 9 ? html`<kbd aria-hidden="true">${place + before + 1}</kbd>` : nothing}
            </button>
          </li>`,
        )}
        ${kith.admin
          ? html`<li>
              <button class="button new" @click=${() => this._answer({ kind: "create" })}>
                ${icon("plus")}${kith.say("inbox.new_person")}
              </button>
            </li>`
          : nothing}
      </ul>
    </div>`;
  }

  /** @param {Face} face */
  _leave(face) {
    const left = new Set(this.left);
    if (!left.delete(face.face_id)) left.add(face.face_id);
    if (left.size < this.group.faces.length) this.left = left;
  }
}

/**
 * Which faces Kith learned from and which not, each with the reason.
 * @param {Group} group
 * @param {Answered} answered
 */
export function detailsOf(group, answered) {
  const pictures = new Map(group.faces.map((face) => [face.face_id, face.picture]));
  const told = (/** @type {Judged} */ one, /** @type {boolean} */ kept) => {
    return { words: one.why, picture: pictures.get(one.face_id) ?? null, kept };
  };
  return [...answered.kept.map((one) => told(one, true)), ...answered.dropped.map((one) => told(one, false))];
}

Question.define("kith-question");
