/** What all pages share: commands, texts in the reader's language, times, and navigation. */

import { prepared } from "./photo_file.js";
import { Undos } from "./undo.js";

const TOO_LARGE = 413;
const SCOPE = "component.kith.config_panel";

export class Kith {
  /**
   * @param {Hass} hass
   * @param {Localize} localize of the category config_panel
   * @param {Kith | null} before the instance for the previous language
   */
  constructor(hass, localize, before) {
    this.hass = hass;
    this.localize = localize;
    this.undos = before?.undos ?? new Undos();
    /** @type {Map<string, any>} pages' settings, until the panel is closed */
    this.memory = before?.memory ?? new Map();
    this.told = before?.told ?? null;
    const zone = hass.locale.time_zone === "server" ? hass.config.time_zone : undefined;
    const hour12 = { 12: true, 24: false }[hass.locale.time_format];
    const language = hass.locale.language || hass.language;
    this._clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", timeZone: zone, hour12 });
    this._date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: zone });
    this._full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: zone });
    this._iso = new Intl.DateTimeFormat("sv", { dateStyle: "short", timeZone: zone });
    this._plural = new Intl.PluralRules(language);
    this._number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  }

  /** Others may only answer questions. */
  get admin() {
    return this.hass.user?.is_admin ?? true;
  }

  /**
   * Returns a command's answer. Rejects with {code, message}.
   * @template T
   * @param {string} kind after "kith/"
   * @param {object} [asked]
   * @returns {Promise<T>}
   */
  ask(kind, asked = {}) {
    return this.hass.callWS({ type: `kith/${kind}`, language: this.hass.language, ...asked });
  }

  /**
   * @template T
   * @param {string} kind
   * @param {object} asked
   * @param {(event: T) => void} listener
   */
  follow(kind, asked, listener) {
    const message = { type: `kith/${kind}`, language: this.hass.language, ...asked };
    return this.hass.connection.subscribeMessage(listener, message);
  }

  /**
   * Uploads a photo of a person and returns the result in words.
   * @param {string} personId
   * @param {File} photo
   * @returns {Promise<{ok: boolean, words: string}>}
   */
  async upload(personId, photo) {
    const path = `/api/kith/photos?person_id=${encodeURIComponent(personId)}&language=${this.hass.language}`;
    try {
      const answer = await this.hass.fetchWithAuth(path, { method: "POST", body: await prepared(photo) });
      const told = await answer.json().catch(() => ({})); // a proxy before Home Assistant answers in its own way
      const failed = this.say(answer.status === TOO_LARGE ? "common.upload_too_large" : "common.upload_failed");
      return { ok: answer.ok, words: told.words ?? told.message ?? failed };
    } catch {
      return { ok: false, words: this.say("common.upload_failed") };
    }
  }

  /**
   * Gives Home Assistant a file that a command or a form then names by its id. Rejects with {message}.
   * @param {File} file
   * @returns {Promise<string>}
   */
  async uploadFile(file) {
    const body = new FormData();
    body.append("file", file);
    const answer = await this.hass.fetchWithAuth("/api/file_upload", { method: "POST", body });
    const failed = answer.status === TOO_LARGE ? "common.upload_too_large" : "common.upload_failed";
    if (!answer.ok) throw { message: this.say(failed) };
    return (await answer.json()).file_id;
  }

  /**
   * @param {string} key section.text
   * @param {Record<string, string | number>} [values]
   */
  say(key, values) {
    return this.localize(`${SCOPE}.${key}`, values) ?? "";
  }

  /**
   * A text with a singular and a plural form.
   * @param {string} key
   * @param {number} count
   * @param {Record<string, string | number>} [values]
   */
  count(key, count, values = {}) {
    const form = this._plural.select(count) === "one" ? "one" : "other";
    return this.say(`${key}_${form}`, { count: this._number.format(count), ...values });
  }

  /** @param {unknown} error the reason of a command's rejection */
  excuse(error) {
    const message = /** @type {{message?: unknown}} */ (error)?.message;
    return typeof message === "string" && message ? message : this.say("common.failed");
  }

  /** @param {number} value */
  number(value) {
    return this._number.format(value);
  }

  /** @param {string} when ISO 8601 */
  clock(when) {
    return this._clock.format(new Date(when));
  }

  /** @param {string} when ISO 8601 */
  date(when) {
    return this._full.format(new Date(when));
  }

  /**
   * Today, yesterday, or the date with the weekday.
   * @param {string | Date} when
   */
  day(when) {
    const date = new Date(when);
    const day = this._iso.format(date);
    const now = Date.now();
    if (day === this._iso.format(now)) return this.say("common.today");
    if (day === this._iso.format(now - 86_400_000)) return this.say("common.yesterday");
    return this._date.format(date);
  }

  /** The calendar day in the time zone of the page: 2026-11-23. @param {string} when */
  isoDay(when) {
    return this._iso.format(new Date(when));
  }

  /** @param {string} when */
  moment(when) {
    return `${this.day(when)}, ${this.clock(when)}`;
  }

  /** @param {string} begin @param {string} end */
  span(begin, end) {
    const [from, until] = [this.clock(begin), this.clock(end)];
    return `${this.day(begin)}, ${from}${from === until ? "" : ` – ${until}`}`;
  }

  /**
   * Opens Home Assistant's dialog about an entity.
   * @param {HTMLElement} from
   * @param {string} entityId
   */
  moreInfo(from, entityId) {
    from.dispatchEvent(new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail: { entityId } }));
  }

  /**
   * Goes to another address of the panel without reloading.
   * @param {string} path after /kith
   * @param {boolean} [replace] replaces the current history entry
   */
  go(path, replace = false) {
    const target = `/kith${path}`;
    if (replace) history.replaceState(history.state, "", target);
    else history.pushState(null, "", target);
    window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace } }));
  }
}
