/** What the page's elements share: Kith, the words for a failure, their dialogs, and Home Assistant's forms. */

import { LitElement } from "./vendor/lit.js";

/** @param {Event} event */
export function input(event) {
  return /** @type {HTMLInputElement} */ (event.target);
}

/**
 * Listens to the clicks in a box whose content moves up after one of them: the second click of a double click is not
 * meant for what came there.
 */
export const firstClick = {
  capture: true,
  /** @param {MouseEvent} event */
  handleEvent(event) {
    if (event.detail > 1) event.stopPropagation();
  },
};

export class KithElement extends LitElement {
  /** @type {typeof LitElement.properties} */
  static properties = { kith: { attribute: false } };

  constructor() {
    super();
    /** @type {Kith} set before the first rendering */
    this.kith = /** @type {any} */ (undefined);
  }

  /** Once: the page of another version may have defined it in this window. @param {string} name */
  static define(name) {
    if (!customElements.get(name)) customElements.define(name, this);
  }

  /**
   * Waits for the work and says why it failed.
   * @template T
   * @param {Promise<T>} work
   * @returns {Promise<T | null>}
   */
  async attempt(work) {
    try {
      return await work;
    } catch (error) {
      this.kith.complain(error);
      return null;
    }
  }

  /** @param {string} [id] if there are several */
  dialog(id) {
    return /** @type {HTMLDialogElement} */ (this.renderRoot.querySelector(id ? `dialog#${id}` : "dialog"));
  }

  /** Opens one of Home Assistant's forms in this element's <kith-flow>. @param {import("./flow.js").Opened} opened */
  form(opened) {
    /** @type {import("./flow.js").Flow} */ (this.renderRoot.querySelector("kith-flow")).open(opened);
  }
}
