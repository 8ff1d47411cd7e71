/* eslint max-len: "off" -- for SVG paths */
/** The page's own icons, 24 × 24 with round strokes, so that none must be fetched. */

import { html, svg } from "./vendor/lit.js";

/** @type {Record<string, string>} */
const PATHS = {
  inbox: "M4 13l2.4-7.2A2 2 0 0 1 8.3 4.5h7.4a2 2 0 0 1 1.9 1.3L20 13v4.5a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 13h4.5l1.3 2.5h4.4L15.5 13H20",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.6-3.3 3-5 6.5-5s5.9 1.7 6.5 5M15.5 4.9a3.5 3.5 0 0 1 0 6.3M17.5 14.8c2.2.6 3.6 2.2 4 4.7",
  visits: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  cameras: "M4 7.5h3l1.5-2.5h7L17 7.5h3a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 18V9A1.5 1.5 0 0 1 4 7.5zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  settings: "M4 7h9M17 7h3M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM4 17h3M11 17h9M9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  undo: "M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7",
  plus: "M12 5v14M5 12h14",
  back: "M19 12H5M11 6l-6 6 6 6",
  next: "M9 5l7 7-7 7",
  menu: "M4 6.5h16M4 12h16M4 17.5h16",
  never: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM6 6l12 12",
  erase: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v6M13.5 10.5v6",
  alert: "M12 4L2.8 19.5h18.4zM12 10v4.5M12 17v.2",
  away: "M3 3l18 18M8.5 8.7A9 9 0 0 0 4 11.5M11.5 7a12 12 0 0 1 8.5 4.5M7.5 14.8a6 6 0 0 1 5-1.7M12 19v.2M2 8.5a14 14 0 0 1 3-2",
  upload: "M12 16V5M7.5 9L12 4.5 16.5 9M4.5 15.5V18a1.5 1.5 0 0 0 1.5 1.5h12a1.5 1.5 0 0 0 1.5-1.5v-2.5",
  live: "M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z",
  unseen: "M4 4l16 16M9.9 5.7A9 9 0 0 1 12 5.5C18 5.5 21.5 12 21.5 12a17 17 0 0 1-3 3.6M6 7.4C3.8 9.3 2.5 12 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4-1M10 10a2.8 2.8 0 0 0 4 4",
  stop: "M7 7h10v10H7z",
  merge: "M6 4v4c0 4 6 4 6 8v4M18 4v4c0 4-6 4-6 8M9 17l3 3 3-3",
  test: "M9 3.5h6M10 3.5v6L4.8 18a1.7 1.7 0 0 0 1.5 2.5h11.4a1.7 1.7 0 0 0 1.5-2.5L14 9.5v-6M7.5 14.5h9",
  person: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.7-4 3.5-6 7.5-6s6.8 2 7.5 6",
  unsure: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  send: "M20.5 3.5L3.5 10.5l6.5 3.5 3.5 6.5zM10 14l4-4",
  shield: "M12 3.5l7 2.5v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM9 12l2.2 2.2L15.2 10",
  light: "M9.5 18h5M10 20.5h4M8.5 15c-1.6-1.2-2.5-2.9-2.5-4.8a6 6 0 0 1 12 0c0 1.9-.9 3.6-2.5 4.8z",
};

/**
 * Decorative: its meaning is in the text beside it or in the button's label.
 * @param {string} name
 */
export function icon(name) {
  return html`<svg class="icon-${name} glyph" viewBox="0 0 24 24" aria-hidden="true">${svg`<path d=${PATHS[name]}></path>`}</svg>`;
}
