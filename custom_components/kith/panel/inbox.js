/** The questions, newest first, or the single one in the address. */

import { css, html, nothing, repeat } from "./vendor/lit.js";
import "./newcomer.js";
import { icon } from "./icons.js";
import { empty } from "./no_questions.js";
import { Page, isForThePage } from "./page.js";
import { detailsOf } from "./question.js";
import { base, buttons, cards } from "./styles.js";

/** @typedef {import("./question.js").Answer} Answer */
/** @typedef {import("./question.js").Question} Question */

const PAGE = 50;

export class Inbox extends Page {
  static properties = {
    groups: { state: true },
    total: { state: true },
    busy: { state: true },
    current: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    css`
      .list { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; }
      .top {
        display: flex; gap: 4px 12px; align-items: center; justify-content: space-between; flex-wrap: wrap;
        padding: 0 8px 8px;
      }
      .end { height: 1px; }
      .keys { display: none; text-align: center; padding-top: 16px; }
      @media (min-width: 700px) { .keys { display: block; } }
    `,
  ];

  constructor() {
    super();
    /** @type {Group[]} */
    this.groups = [];
    this.total = 0;
    /** @type {string | null} */
    this.cursor = null;
    /** @type {Pick<InboxList, "keeping_days" | "keeping_decided">} */
    this.keeping = { keeping_days: 0, keeping_decided: true };
    /** @type {string} the question whose answer is being sent */
    this.busy = "";
    /** @type {string} the question that the keyboard answers */
    this.current = "";
    this._refocus = "";
    this._watcher = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this._more(), {
      rootMargin: "800px",
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._watcher.disconnect();
  }

  /** Loads as many as before, so that the page does not jump. @returns {Promise<InboxList>} */
  async load() {
    if (this.subject) {
      /** @type {Group} */
      const group = await this.kith.ask("inbox/get", { group_id: this.subject });
      const days = this.kith.told?.keeping_days ?? 1;
      return { groups: [group], cursor: null, total: 1, keeping_days: days, keeping_decided: true };
    }
    /** @type {InboxList} */
    let found = await this.kith.ask("inbox/list", { limit: PAGE });
    while (found.cursor && found.groups.length < this.groups.length) found = await this._next(found);
    return found;
  }

  /** @param {InboxList} found */
  async _next(found) {
    /** @type {InboxList} */
    const more = await this.kith.ask("inbox/list", { cursor: found.cursor, limit: PAGE });
    const known = new Set(found.groups.map((group) => group.group_id));
    return { ...more, groups: [...found.groups, ...more.groups.filter((group) => !known.has(group.group_id))] };
  }

  /** @param {InboxList} found */
  take(found) {
    this.groups = found.groups;
    this.total = found.total;
    this.cursor = found.cursor;
    this.keeping = found;
    if (!this._question(this.current)) this.current = this.groups[0]?.group_id ?? "";
  }

  async _more() {
    if (!this.cursor || this._loading) return;
    this._loading = true;
    const { groups, cursor, total, keeping } = this;
    const more = await this.attempt(this._next({ ...keeping, groups, cursor, total }));
    this._loading = false;
    if (more) this.take(more);
  }

  updated() {
    const end = this.renderRoot.querySelector(".end");
    this._watcher.disconnect();
    if (end) this._watcher.observe(end); // again, as it may still be visible
    if (this._refocus) {
      const question = this._question(this._refocus);
      if (question) question.updateComplete.then(() => question.focus());
      if (question) this._refocus = "";
    }
  }

  /** @param {string} words */
  sorry(words) {
    if (!this.subject) return super.sorry(words);
    return html`<div class="card empty" role="status">
      ${icon("check")}
      <h2>${this.kith.say("inbox.gone")}</h2>
      <p>${words}</p>
      <a class="button primary" href="/kith/inbox">${this.kith.say("inbox.all")}</a>
    </div>`;
  }

  show() {
    if (!this.groups.length) return empty(this.kith, this.keeping, (days) => this._keep(days));
    const { kith } = this;
    const days = this.keeping.keeping_days;
    return html`
      <h1 class="hidden">${kith.say("nav.inbox")}</h1>
      <div class="top">
        ${this.subject
          ? html`<a class="button text" href="/kith/inbox">${icon("back")}${kith.say("inbox.all")}</a>`
          : html`<span>${kith.count("inbox.open", this.total)}</span>`}
        <span class="quiet small">
          ${days ? kith.count("inbox.kept_for", days) : kith.say("inbox.off_now")}
        </span>
      </div>
      <div class="list" @answer=${this._answer} @focusin=${this._focused} @pointerdown=${this._focused}>
        ${repeat(
          this.groups,
          (group) => group.group_id,
          (group) => html`<kith-question
            .kith=${kith}
            .group=${group}
            .busy=${this.busy === group.group_id}
            .current=${this.current === group.group_id && this.groups.length > 1}
          ></kith-question>`,
        )}
      </div>
      ${this.cursor ? html`<div class="end" aria-hidden="true"></div>` : nothing}
      <p class="keys quiet small">${kith.say("inbox.keys")}</p>
      <kith-newcomer .kith=${kith}></kith-newcomer>
    `;
  }

  /** @param {number} days */
  async _keep(days) {
    await this.attempt(this.kith.ask("settings/set", { keep_strangers: days }));
    await this.refresh();
  }

  /** @param {Event} event */
  _focused(event) {
    const group = /** @type {Partial<Question>} */ (event.target).group;
    if (group) this.current = group.group_id;
  }

  /** @param {CustomEvent<Answer>} event */
  _answer(event) {
    const { group } = /** @type {Question} */ (event.target);
    const { kind, person, faces } = event.detail;
    const chosen = faces ? { face_ids: faces } : {};
    if (kind === "create") {
      const newcomer = /** @type {import("./newcomer.js").Newcomer} */ (
        this.renderRoot.querySelector("kith-newcomer")
      );
      newcomer.add = (named) => this._learn(group, "inbox/create", { ...named, ...chosen }, named.name, !faces);
      newcomer.open();
    } else if (kind === "assign" && person) {
      const asked = { person_id: person.person_id, ...chosen };
      this.attempt(this._learn(group, "inbox/assign", asked, person.name, !faces));
    } else if (kind === "not" && person) {
      this.attempt(this._deny(group, { person_id: person.person_id, ...chosen }, person.name));
    } else {
      const how = /** @type {"skip" | "never"} */ (kind);
      this.attempt(this._dismiss(group, { how, ...chosen }, !faces));
    }
  }

  /**
   * Returns whether the faces are somebody's now.
   * @param {Group} group
   * @param {string} command
   * @param {object} asked
   * @param {string} name
   * @param {boolean} whole nothing was left out
   */
  async _learn(group, command, asked, name, whole) {
    /** @type {Answered | null} */
    const answered = await this._send(group, command, asked);
    if (!answered) return false;
    const words = [this.kith.say("inbox.named", { name }), answered.hint].filter(Boolean).join(". ");
    this._done(group, { words, details: detailsOf(group, answered), undo: answered.undo }, whole);
    return true;
  }

  /** @param {Group} group @param {{how: "skip" | "never"}} asked @param {boolean} whole nothing was left out */
  async _dismiss(group, asked, whole) {
    /** @type {Undoable | null} */
    const answered = await this._send(group, "inbox/dismiss", asked);
    const words = this.kith.say(asked.how === "never" ? "inbox.never_done" : "inbox.skip_done");
    if (answered) this._done(group, { words, undo: answered.undo }, whole);
  }

  /** @param {Group} group @param {object} asked @param {string} name */
  async _deny(group, asked, name) {
    /** @type {Undoable | null} */
    const answered = await this._send(group, "inbox/not", asked);
    if (!answered) return;
    this._offer(group, { words: this.kith.say("inbox.not_done", { name }), undo: answered.undo });
    this._refocus = group.group_id;
    this.refresh();
  }

  /**
   * @template T
   * @param {Group} group
   * @param {string} command
   * @param {object} asked
   * @returns {Promise<T | null>}
   */
  async _send(group, command, asked) {
    if (this.busy) return null;
    this.busy = group.group_id;
    try {
      return await this.insist(command, { group_id: group.group_id, ...asked });
    } finally {
      this.busy = "";
    }
  }

  /**
   * Removes the question from the list and focuses the next one.
   * @param {Group} group
   * @param {{words: string, undo: string, details?: any[]}} offer
   * @param {boolean} whole nothing was left out
   */
  _done(group, offer, whole) {
    this._offer(group, offer);
    if (this.subject) return this.kith.go("/inbox", true);
    const place = this.groups.indexOf(group);
    if (whole && place >= 0) {
      this.groups = this.groups.filter((one) => one !== group);
      this.total -= 1;
      this.current = this._refocus = (this.groups[place] ?? this.groups[place - 1])?.group_id ?? "";
    }
    return this.refresh();
  }

  /** @param {Group} group @param {{words: string, undo: string, details?: any[]}} offer */
  _offer(group, offer) {
    const after = () => {
      this._refocus = group.group_id;
      if (this.isConnected) this.refresh();
    };
    this.kith.undos.offer({ ...offer, command: "inbox/undo", after });
  }

  /** @param {string} id */
  _question(id) {
    const questions = /** @type {Question[]} */ ([...this.renderRoot.querySelectorAll("kith-question")]);
    return questions.find((one) => one.group.group_id === id);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!isForThePage(event)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const named = /^[1-9]$/.test(event.key) && !event.repeat; // a held key would answer one question after another
    if (named) this._question(this.current)?.choose(Number(event.key) - 1);
    else if (step) this._step(event, step);
    else if (event.key === "Escape" && this.subject) this.kith.go("/inbox");
  }

  /** @param {KeyboardEvent} event @param {number} step */
  _step(event, step) {
    const place = this.groups.findIndex((group) => group.group_id === this.current);
    const next = this.groups[place + step];
    if (!next) return;
    event.preventDefault();
    this.current = next.group_id;
    this._question(next.group_id)?.focus();
  }
}

Inbox.define("kith-inbox");
