/** The dialog for a new person: a name, their consent, without which nobody is recognized, and what presence means. */

import { css, html, nothing } from "./vendor/lit.js";
import { KithElement } from "./element.js";
import { portrait } from "./picture.js";
import { presenceUse } from "./presence_use.js";
import { base, buttons, forms, portraits } from "./styles.js";

/** @typedef {{name: string, consent: {by: string, photos: boolean}, present: string}} Named */

export class Newcomer extends KithElement {
  static properties = {
    picture: { attribute: false },
    add: { attribute: false },
    complaint: { state: true },
    busy: { state: true },
  };

  static styles = [
    base,
    buttons,
    forms,
    portraits,
    css`
      :host { display: contents; }
      .head { display: flex; gap: 16px; align-items: center; }
    `,
  ];

  constructor() {
    super();
    /** @type {string | null} whom it is about, if there is one picture for it */
    this.picture = null;
    /** @type {(named: Named) => Promise<boolean>} adds the person, or says why not by rejecting */
    this.add = async () => false;
    this.complaint = "";
    this.busy = false;
    /** @type {unknown} */
    this._present = nothing;
  }

  async open() {
    this._present = await presenceUse(this.kith.hass);
    this.complaint = "";
    this.requestUpdate();
    await this.updateComplete;
    this.renderRoot.querySelector("form")?.reset();
    this.dialog().showModal();
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector("#name"))?.focus();
  }

  render() {
    const { kith } = this;
    return html`<dialog aria-labelledby="title">
      <form novalidate @submit=${this._submit}>
        <div class="head">
          ${this.picture ? portrait(this.picture, null, 64, kith.say("visit.face")) : nothing}
          <h2 id="title">${kith.say("newcomer.title")}</h2>
        </div>
        <label class="field">
          ${kith.say("newcomer.name")}
          <input id="name" name="name" type="text" maxlength="100" autocomplete="off" aria-describedby="complaint" />
        </label>
        <label class="tick">
          <input name="agreed" type="checkbox" /><span>${kith.say("newcomer.agreed")}</span>
        </label>
        <label class="field">
          ${kith.say("newcomer.by")}
          <input name="by" type="text" maxlength="100" autocomplete="off"
            placeholder=${kith.say("newcomer.themselves")} />
        </label>
        <label class="tick">
          <input name="photos" type="checkbox" /><span>${kith.say("newcomer.photos")}</span>
        </label>
        ${this._present}
        <p id="complaint" class="complaint" role="alert">${this.complaint || nothing}</p>
        <div class="actions">
          <button class="button text" type="button" @click=${() => this.dialog().close()}>
            ${kith.say("common.cancel")}
          </button>
          <button class="button primary" type="submit" ?disabled=${this.busy}>${kith.say("newcomer.save")}</button>
        </div>
      </form>
    </dialog>`;
  }

  /** @param {SubmitEvent} event */
  async _submit(event) {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const name = String(given.get("name")).trim();
    this.complaint = "";
    if (!name) this.complaint = this.kith.say("newcomer.name_missing");
    else if (!given.get("agreed")) this.complaint = this.kith.say("newcomer.consent_missing");
    if (this.complaint) return;
    const consent = { by: String(given.get("by")).trim() || name, photos: Boolean(given.get("photos")) };
    this.busy = true;
    try {
      if (await this.add({ name, consent, present: String(given.get("present")) })) this.dialog().close();
    } catch (error) {
      this.complaint = this.kith.excuse(error);
    }
    this.busy = false;
  }
}

Newcomer.define("kith-newcomer");
