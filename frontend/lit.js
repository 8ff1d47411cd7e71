// What Kith's page uses of Lit: vendor.js makes one file of it.
export { LitElement, css, html, noChange, nothing, svg } from "lit";
export { Directive, directive } from "lit/directive.js";
export { classMap } from "lit/directives/class-map.js";
export { live } from "lit/directives/live.js";
export { repeat } from "lit/directives/repeat.js";
export { styleMap } from "lit/directives/style-map.js";
