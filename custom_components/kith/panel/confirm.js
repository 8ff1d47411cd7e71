/** A question that must be answered before something doubtful is done. */

import { html } from "./vendor/lit.js";
import { KithElement } from "./element.js";
import { base, buttons, forms } from "./styles.js";

class Confirm extends KithElement {
  static styles = [base, buttons, forms];

  constructor() {
    super();
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
    this.dialog().close();
  }

  async ask() {
    await this.updateComplete;
    this.dialog().showModal();
    await new Promise((resolve) => this.addEventListener("closed", resolve, { once: true }));
    return this.sure;
  }
}

Confirm.define("kith-confirm");

/**
 * Whether the owner is sure.
 * @param {KithElement} page what asks
 * @param {string} words
 */
export async function confirm(page, words) {
  const question = /** @type {Confirm} */ (document.createElement("kith-confirm"));
  Object.assign(question, { kith: page.kith, words });
  page.renderRoot.append(question);
  const sure = await question.ask();
  question.remove();
  return sure;
}
