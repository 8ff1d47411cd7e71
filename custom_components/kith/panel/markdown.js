/** The little Markdown that Kith's texts in Home Assistant's forms use: paragraphs, bold, code, links, and tables. */

import { html, nothing } from "./vendor/lit.js";

const INLINE = new RegExp(
  [
    String.raw`\*\*(?<bold>.+?)\*\*`,
    "`(?<code>[^`]+)`",
    String.raw`\[(?<text>[^\]]+)\]\((?<to>[^)]+)\)`,
    '<a href="(?<href>[^"]+)"[^>]*>(?<named>[^<]+)</a>',
    String.raw`\\(?<plain>[!-/:-@[-${"`"}{-~])`,
  ].join("|"),
  "g",
);
/** Other schemes, such as javascript:, are no links. */
const SAFE = /^(https?:|\/(?!\/))/;

/** @param {string} text @returns {unknown} */
export function markdown(text) {
  return text.split(/\n{2,}/).map((block) => {
    const lines = block.split("\n");
    return lines[0].startsWith("|") ? table(lines) : html`<p class="say">${inline(block)}</p>`;
  });
}

/** @param {string[]} lines */
function table([head, , ...lines]) {
  return html`<div class="table" tabindex="0">
    <table>
      <thead>
        <tr>${cells(head).map((cell) => html`<th scope="col">${inline(cell)}</th>`)}</tr>
      </thead>
      <tbody>
        ${lines.map((line) => html`<tr>${cells(line).map((cell) => html`<td>${inline(cell)}</td>`)}</tr>`)}
      </tbody>
    </table>
  </div>`;
}

/** A bar in a cell is escaped. @param {string} line */
function cells(line) {
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
}

/** @param {string} text @returns {unknown[]} */
function inline(text) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    found.push(text.slice(end, match.index), drawn(/** @type {Record<string, string>} */ (match.groups)));
    end = match.index + match[0].length;
  }
  return [...found, text.slice(end)];
}

/** @param {Record<string, string | undefined>} part @returns {unknown} */
function drawn({ bold, code, text, to, href, named, plain }) {
  if (bold) return html`<strong>${inline(bold)}</strong>`;
  if (code) return html`<code>${code}</code>`;
  const [label, target] = [text ?? named, to ?? href];
  if (label && target && SAFE.test(target)) {
    return html`<a href=${target} target="_blank" rel="noreferrer">${label}</a>`;
  }
  return label ?? plain ?? nothing;
}
