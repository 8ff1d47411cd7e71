/** Merges two entries of one person, undoes that, and forgets a person with proof. */

import { css, html, nothing } from "./vendor/lit.js";
import { KithElement } from "./element.js";
import { icon } from "./icons.js";
import { base, buttons, cards, forms } from "./styles.js";

export class MergeAndForget extends KithElement {
  static properties = {
    person: { attribute: false },
    others: { state: true },
    proof: { state: true },
    busy: { state: true },
  };

  static styles = [
    base,
    buttons,
    cards,
    forms,
    css`
      :host { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); }
      .card { align-content: start; }
      ul { gap: 8px; }
      li { display: flex; gap: 12px; align-items: center; justify-content: space-between; }
      dl { grid-template-columns: 1fr auto; }
      .beyond { display: grid; gap: 8px; min-width: 0; }
      dd { font-variant-numeric: tabular-nums; text-align: right; }
    `,
  ];

  constructor() {
    super();
    /** @type {Person} */
    this.person = /** @type {any} */ (undefined);
    /** @type {Chip[]} */
    this.others = [];
    /** @type {Forgotten | null} */
    this.proof = null;
    this.busy = false;
  }

  render() {
    const { kith, person } = this;
    return html`
      <section class="card stack" aria-labelledby="merge">
        <h2 id="merge">${kith.say("merge_and_forget.merge")}</h2>
        <p class="quiet">${kith.say("merge_and_forget.merge_how", { name: person.name })}</p>
        ${person.merges.length ? this._merges(person) : nothing}
        <div class="actions">
          <button class="button" @click=${this._choose}>
            ${icon("merge")}${kith.say("merge_and_forget.merge_now")}
          </button>
        </div>
      </section>
      <section class="card stack" aria-labelledby="forget">
        <h2 id="forget">${kith.say("merge_and_forget.forget")}</h2>
        <p class="quiet">${kith.say("merge_and_forget.forget_how", { name: person.name })}</p>
        <div class="actions">
          <button class="button danger" @click=${() => this.dialog("sure").showModal()}>
            ${icon("erase")}${kith.say("merge_and_forget.forget_now", { name: person.name })}
          </button>
        </div>
      </section>
      ${this._merging()} ${this._sure()} ${this._proof()}
    `;
  }

  /** @param {Person} person */
  _merges(person) {
    const { kith } = this;
    return html`<ul>
      ${person.merges.map(
        (one) => html`<li>
          <span>${one.name}<br /><span class="small quiet">${kith.date(one.at)}</span></span>
          <button class="button" ?disabled=${this.busy} @click=${() => this._unmerge(one.merge_id)}>
            ${kith.say("merge_and_forget.unmerge")}
          </button>
        </li>`,
      )}
    </ul>`;
  }

  _merging() {
    const { kith, person } = this;
    return html`<dialog id="merging" aria-labelledby="merging-title">
      <form @submit=${this._merge}>
        <h2 id="merging-title">${kith.say("merge_and_forget.merge_title", { name: person.name })}</h2>
        ${this.others.length
          ? html`<label class="field">${kith.say("merge_and_forget.into")}
              <select name="into">
                ${this.others.map((one) => html`<option value=${one.person_id}>${one.name}</option>`)}
              </select>
            </label>`
          : html`<p>${kith.say("merge_and_forget.nobody_else")}</p>`}
        <p class="small quiet">${kith.say("merge_and_forget.merge_note", { name: person.name })}</p>
        <div class="actions">
          <button class="button text" type="button" @click=${() => this.dialog("merging").close()}>
            ${kith.say("common.cancel")}
          </button>
          <button class="button primary" ?disabled=${!this.others.length || this.busy}>
            ${kith.say("merge_and_forget.merge_do")}
          </button>
        </div>
      </form>
    </dialog>`;
  }

  _sure() {
    const { kith, person } = this;
    return html`<dialog id="sure" aria-labelledby="sure-title">
      <div class="body">
        <h2 id="sure-title">${kith.say("merge_and_forget.sure", { name: person.name })}</h2>
        <p>${kith.say("merge_and_forget.sure_what")}</p>
        <div class="actions">
          <button class="button text" autofocus @click=${() => this.dialog("sure").close()}>
            ${kith.say("common.cancel")}
          </button>
          <button class="button primary danger" ?disabled=${this.busy} @click=${this._forget}>
            ${kith.say("merge_and_forget.forget_now", { name: person.name })}
          </button>
        </div>
      </div>
    </dialog>`;
  }

  _proof() {
    const { kith, proof, person } = this;
    return html`<dialog id="proof" aria-labelledby="proof-title" @close=${() => kith.go("/people", true)}>
      <div class="body">
        <h2 id="proof-title">${kith.say("merge_and_forget.forgotten", { name: person.name })}</h2>
        ${proof
          ? html`<dl>
                ${Object.entries(proof.erased).map(
                  ([what, count]) => html`<dt>${kith.say(`erased.${what}`)}</dt><dd>${this._counted(count)}</dd>`,
                )}
              </dl>
              ${this._left(proof)}
              ${proof.words ? this._beyond(proof) : nothing}`
          : nothing}
        <div class="actions">
          <button class="button primary" @click=${() => this.dialog("proof").close()}>
            ${kith.say("common.close")}
          </button>
        </div>
      </div>
    </dialog>`;
  }

  /** @param {Forgotten} proof */
  _left(proof) {
    const { kith } = this;
    if (!proof.left.length) {
      return html`<div class="note">${icon("check")}<p>${kith.say("merge_and_forget.nothing_left")}</p></div>`;
    }
    const files = proof.left.join(", ");
    return html`<div class="note bad">${icon("alert")}<p>${kith.say("merge_and_forget.left", { files })}</p></div>`;
  }

  /** What Kith cannot erase. @param {Forgotten} proof */
  _beyond({ words, backups, entities }) {
    return html`<div class="note warn">
      ${icon("alert")}
      <div class="beyond">
        <p>${words}</p>
        ${[backups, entities].map((names) => (names.length ? html`<p class="small">${names.join(", ")}</p>` : nothing))}
      </div>
    </div>`;
  }

  /** @param {Counted} count */
  _counted(count) {
    if (typeof count === "number") return this.kith.number(count);
    if (typeof count === "boolean") return this.kith.say(count ? "erased.was_there" : "erased.was_not_there");
    const named = Array.isArray(count) ? count : Object.entries(count).map((one) => one.join(": "));
    return named.join(", ") || this.kith.number(0);
  }

  /**
   * @template T
   * @param {string} command
   * @param {object} asked
   * @returns {Promise<T | null>}
   */
  async _send(command, asked) {
    this.busy = true;
    /** @type {T | null} */
    const answer = await this.attempt(this.kith.ask(command, asked));
    this.busy = false;
    if (!answer) for (const open of this.renderRoot.querySelectorAll("dialog")) open.close();
    return answer;
  }

  async _choose() {
    /** @type {{people: PersonSummary[]} | null} */
    const found = await this._send("people/list", {});
    if (!found) return;
    this.others = found.people.filter((one) => one.person_id !== this.person.person_id);
    await this.updateComplete;
    this.dialog("merging").showModal();
  }

  /** @param {SubmitEvent} event */
  async _merge(event) {
    event.preventDefault();
    const into = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("into"));
    const name = this.others.find((one) => one.person_id === into)?.name ?? "";
    const done = await this._send("people/merge", { person_id: this.person.person_id, into });
    if (!done) return;
    this.dialog("merging").close();
    this.kith.undos.offer({ words: this.kith.say("merge_and_forget.merged", { name }) });
    this.kith.go(`/people/${into}`, true);
  }

  /** @param {string} mergeId */
  async _unmerge(mergeId) {
    const done = await this._send("people/unmerge", { merge_id: mergeId });
    if (!done) return;
    this.kith.undos.offer({ words: this.kith.say("merge_and_forget.unmerged") });
    this.dispatchEvent(new Event("changed"));
  }

  async _forget() {
    this.dispatchEvent(new CustomEvent("leaving", { detail: true }));
    const proof = await this._send("people/forget", { person_id: this.person.person_id });
    if (!proof) {
      this.dispatchEvent(new CustomEvent("leaving", { detail: false }));
      this.dispatchEvent(new Event("changed"));
      return;
    }
    this.proof = /** @type {Forgotten} */ (proof);
    this.dialog("sure").close();
    await this.updateComplete;
    this.dialog("proof").showModal();
  }
}

MergeAndForget.define("kith-merge-and-forget");
