/** A question that must be answered before something doubtful is done. */

import { LitElement, html } from "./vendor/lit.js";
import { base, buttons, forms } from "./styles.js";

class Confirm extends LitElement {
  static styles = [base, buttons, forms];

  constructor() {
    super();
    /** @type {import("./kith.js").Kith} */
    this.kith = /** @type {any} */ (undefined);
    this.words = "";
    this.sure = false;
  }

  render() {
    const { kith } = this;
    return html`<dialog aria-labelledby="title" @close=${() => this.dispatchEvent(new Event("closed"))}>
      <div class="body">
        <h2 id="title">${kith.say("common.sure")}</h2>
        <p>${this.words}</p>
        <div class="actions">
          <button class="button" @click=${() => this._end(true)}>${kith.say("common.sure_yes")}</button>
          <button class="button primary" autofocus @click=${() => this._end(false)}>
            ${kith.say("common.sure_no")}
          </button>
        </div>
      </div>
    </dialog>`;
  }

  /** @param {boolean} sure */
  _end(sure) {
    this.sure = sure;
    this._dialog.close();
  }

  get _dialog() {
    return /** @type {HTMLDialogElement} */ (this.renderRoot.querySelector("dialog"));
  }

  async ask() {
    await this.updateComplete;
    this._dialog.showModal();
    await new Promise((resolve) => this.addEventListener("closed", resolve, { once: true }));
    return this.sure;
  }
}

if (!customElements.get("kith-confirm")) customElements.define("kith-confirm", Confirm);

/**
 * Whether the owner is sure.
 * @param {LitElement} page what asks
 * @param {import("./kith.js").Kith} kith
 * @param {string} words
 */
export async function confirm(page, kith, words) {
  const question = /** @type {Confirm} */ (document.createElement("kith-confirm"));
  Object.assign(question, { kith, words });
  page.renderRoot.append(question);
  const sure = await question.ask();
  question.remove();
  return sure;
}
