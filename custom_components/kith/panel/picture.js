/** Pictures of faces. */

import { html, nothing, styleMap } from "./vendor/lit.js";

/**
 * A portrait with round corners; initials if there is no picture.
 * @param {string | null | undefined} picture
 * @param {string | null} name
 * @param {number | string} size CSS pixels, or a CSS length
 * @param {string} [alt] empty if the text beside it says what it shows
 */
export function portrait(picture, name, size, alt = "") {
  const length = typeof size === "number" ? `${size}px` : size;
  return html`<span class="portrait" style=${styleMap({ "--size": length })}>
    <span aria-hidden="true">${initials(name)}</span>
    ${picture
      ? html`<img src=${picture} alt=${alt} loading="lazy" decoding="async" @error=${hide} @load=${show} />`
      : alt
        ? html`<span class="hidden">${alt}</span>`
        : nothing}
  </span>`;
}

/** @param {string | null} name */
function initials(name) {
  const words = (name ?? "").trim().split(/\s+/).filter(Boolean);
  if (!words.length) return "?";
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return picked.map((word) => [...word][0].toLocaleUpperCase()).join("");
}

/** @param {Event} event */
export function hide(event) {
  /** @type {HTMLElement} */ (event.target).classList.add("gone");
}

/** @param {Event} event */
export function show(event) {
  /** @type {HTMLElement} */ (event.target).classList.remove("gone");
}
