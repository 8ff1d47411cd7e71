/** Shared styles. All colors come from Home Assistant's variables, so that every theme works. */

import { css } from "./vendor/lit.js";

export const base = css`
  :host {
    --kith-card: var(--ha-card-background, var(--card-background-color, #fff));
    --kith-ink: var(--primary-text-color, #141414);
    --kith-quiet: var(--secondary-text-color, #5e5e5e);
    --kith-line: color-mix(in srgb, var(--kith-ink) 13%, transparent);
    --kith-accent: color-mix(in srgb, var(--primary-color, #009ac7) 64%, var(--kith-ink));
    --kith-fill: color-mix(in srgb, var(--primary-color, #009ac7) 74%, black);
    --kith-on-fill: var(--text-primary-color, #fff);
    --kith-tint: color-mix(in srgb, var(--primary-color, #009ac7) 12%, var(--kith-card));
    --kith-wash: color-mix(in srgb, var(--kith-ink) 6%, var(--kith-card));
    --kith-bad: color-mix(in srgb, var(--error-color, #db4437) 78%, black);
    --kith-bad-ink: color-mix(in srgb, var(--error-color, #db4437) 62%, var(--kith-ink));
    --kith-warn-ink: color-mix(in srgb, var(--warning-color, #ffa600) 42%, var(--kith-ink));
    --kith-good-ink: color-mix(in srgb, var(--success-color, #43a047) 56%, var(--kith-ink));
    --kith-radius: max(16px, var(--ha-card-border-radius, 12px));
    color: var(--kith-ink);
    font-family: var(--ha-font-family-body, Roboto, Noto, sans-serif);
    line-height: 1.45;
  }
  :host { display: block; }
  * { box-sizing: border-box; }
  h1, h2, h3, p { margin: 0; overflow-wrap: anywhere; }
  h2 { font-size: 1.25rem; font-weight: 500; line-height: 1.25; letter-spacing: -0.005em; }
  h3 { font-size: 1rem; font-weight: 500; }
  a { color: var(--kith-accent); }
  strong { font-weight: 500; }
  ul, ol { list-style: none; margin: 0; padding: 0; display: grid; gap: 12px; }
  ul.facts { list-style: disc; padding-inline-start: 20px; gap: 6px; }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 6px 16px; margin: 0; }
  dt { color: var(--kith-quiet); }
  dd { margin: 0; }
  progress { width: 100%; accent-color: var(--kith-fill); }
  .quiet { color: var(--kith-quiet); }
  .small { font-size: 0.875rem; }
  .glyph {
    width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8;
    stroke-linecap: round; stroke-linejoin: round;
  }
  :focus-visible { outline: 3px solid var(--kith-accent); outline-offset: 2px; }
  .hidden {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    *, *::before, *::after { animation-duration: 0.01ms !important; transition-duration: 0.01ms !important; }
  }
`;

export const buttons = css`
  .button {
    appearance: none; border: 0; border-radius: 999px; min-height: 44px; padding: 0 18px; cursor: pointer;
    font: inherit; font-weight: 500; color: var(--kith-ink); background: var(--kith-wash); text-decoration: none;
    display: inline-flex; align-items: center; justify-content: center; gap: 8px; text-align: start;
    transition: filter 0.12s, transform 0.12s;
  }
  @media (hover: hover) { .button:hover:not(:disabled) { filter: brightness(0.94); } }
  .button:active:not(:disabled) { transform: scale(0.98); }
  .button:disabled { opacity: 0.5; cursor: default; }
  .button.primary { background: var(--kith-fill); color: var(--kith-on-fill); }
  .button.text { background: none; padding: 0 12px; color: var(--kith-quiet); }
  @media (hover: hover) { .button.text:hover:not(:disabled) { color: var(--kith-ink); background: var(--kith-wash); } }
  .button.danger { color: var(--kith-bad-ink); }
  .button.primary.danger { background: var(--kith-bad); color: #fff; }
  .button.icon { padding: 0; width: 44px; flex: none; }
  .actions { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; }
`;

export const cards = css`
  .card {
    background: var(--kith-card); border-radius: var(--kith-radius); padding: 20px;
    border: var(--ha-card-border-width, 1px) solid var(--ha-card-border-color, var(--divider-color, #e0e0e0));
  }
  .stack { display: grid; gap: 16px; }
  .note {
    display: flex; gap: 12px; align-items: flex-start; padding: 14px 16px; border-radius: 14px;
    background: var(--kith-tint);
  }
  .note.warn { background: color-mix(in srgb, var(--warning-color, #ffa600) 16%, var(--kith-card)); }
  .note.bad { background: color-mix(in srgb, var(--error-color, #db4437) 14%, var(--kith-card)); }
  .note .glyph { margin-top: 1px; }
  .empty { display: grid; justify-items: center; gap: 12px; text-align: center; padding: 56px 24px; }
  .empty .glyph { width: 56px; height: 56px; stroke-width: 1.2; color: var(--kith-accent); }
  .empty p { max-width: 44ch; color: var(--kith-quiet); }
  .badge {
    display: inline-flex; align-items: center; gap: 4px; border-radius: 999px; padding: 2px 10px; font-size: 0.8125rem;
    background: var(--kith-wash); color: var(--kith-ink);
  }
  .badge.good { background: color-mix(in srgb, var(--success-color, #43a047) 18%, var(--kith-card)); }
  .badge.warn { background: color-mix(in srgb, var(--warning-color, #ffa600) 20%, var(--kith-card)); }
  .skeleton {
    border-radius: var(--kith-radius); min-height: 220px; background: var(--kith-wash);
    animation: breathe 1.6s infinite;
  }
  @keyframes breathe { 50% { opacity: 0.55; } }
`;

export const portraits = css`
  .portrait {
    position: relative; display: grid; place-items: center; overflow: hidden; flex: none; border-radius: 28%;
    width: var(--size, 40px); height: var(--size, 40px); background: var(--kith-tint); color: var(--kith-accent);
    font-size: calc(var(--size, 40px) * 0.4); font-weight: 500; line-height: 1;
  }
  .portrait img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
  .portrait img.gone { display: none; }
`;

export const forms = css`
  dialog {
    border: 0; border-radius: 24px; padding: 24px; width: min(100vw - 24px, 480px); max-height: min(92vh, 720px);
    background: var(--kith-card); color: inherit; box-shadow: 0 16px 64px #0007;
  }
  dialog::backdrop { background: #0008; }
  dialog .actions { justify-content: flex-end; margin-top: 20px; }
  dialog form, dialog .body { display: grid; gap: 16px; }
  label.field { display: grid; gap: 6px; font-size: 0.875rem; color: var(--kith-quiet); }
  input:is([type="text"], [type="password"], [type="number"], [type="file"]), select {
    font: inherit; font-size: 1rem; min-height: 44px; padding: 0 14px; border-radius: 12px; width: 100%;
    color: var(--kith-ink); background: var(--kith-wash); border: 1px solid var(--kith-line);
  }
  fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: 8px; }
  legend { padding: 0; margin-bottom: 6px; font-size: 0.875rem; color: var(--kith-quiet); }
  label.tick { display: flex; gap: 12px; align-items: flex-start; cursor: pointer; }
  input[type="checkbox"], input[type="radio"] {
    accent-color: var(--kith-fill); width: 20px; height: 20px; margin: 1px 0 0; flex: none;
  }
  .choice {
    display: flex; gap: 14px; padding: 14px 16px; border-radius: 16px; cursor: pointer; background: var(--kith-wash);
  }
  .choice:has(input:checked) { background: var(--kith-tint); box-shadow: inset 0 0 0 2px var(--kith-accent); }
  .choice strong { display: flex; gap: 8px; align-items: center; }
  .complaint { color: var(--kith-bad-ink); }
`;
