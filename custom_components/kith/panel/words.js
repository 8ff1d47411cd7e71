/** Texts in the reader's language, with times and numbers in their form. */

const SCOPE = "component.kith.config_panel";

/** The property hass: it changes with every entity in the home, and only these parts of it are shown. */
export const HASS = {
  attribute: false,
  hasChanged: (/** @type {Hass} */ now, /** @type {Hass | undefined} */ before) =>
    now?.connected !== before?.connected || now?.language !== before?.language || now?.locale !== before?.locale,
};

/** The language of the reader and the form of times and numbers. @param {Hass} hass */
export function languageOf(hass) {
  return `${hass.language} ${JSON.stringify(hass.locale)}`;
}

/** Loads the texts of the page and the card. @param {Hass} hass */
export function localized(hass) {
  return hass.loadBackendTranslation("config_panel", "kith");
}

export class Words {
  /**
   * @param {Hass} hass
   * @param {Localize} localize of the category config_panel
   */
  constructor(hass, localize) {
    this.localize = localize;
    const zone = hass.locale.time_zone === "server" ? hass.config.time_zone : undefined;
    const hour12 = { 12: true, 24: false }[hass.locale.time_format];
    const language = hass.locale.language || hass.language;
    this._clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", timeZone: zone, hour12 });
    this._date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: zone });
    this._weekday = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: zone });
    this._full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: zone });
    this._iso = new Intl.DateTimeFormat("sv", { dateStyle: "short", timeZone: zone });
    this._plural = new Intl.PluralRules(language);
    this._number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
    this._percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 });
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

  /** @param {number} value */
  number(value) {
    return this._number.format(value);
  }

  /** @param {number} value of a hundred */
  percent(value) {
    return this._percent.format(value / 100);
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

  /** @param {string} when ISO 8601 */
  weekday(when) {
    return this._weekday.format(new Date(when));
  }

  /** The calendar day in the time zone of the page: 2026-11-23. @param {string} when */
  isoDay(when) {
    return this._iso.format(new Date(when));
  }

  /** The time alone, if it was today. @param {string} when */
  lately(when) {
    return this.isoDay(when) === this._iso.format(Date.now()) ? this.clock(when) : this.moment(when);
  }

  /** @param {string} when */
  moment(when) {
    return `${this.day(when)}, ${this.clock(when)}`;
  }

  /**
   * When and where somebody was seen last.
   * @param {{last_seen: string | null, last_camera: string | null, by_appearance: boolean}} person
   */
  seen({ last_seen: when, last_camera: camera, by_appearance: followed }) {
    if (!when) return this.say("people.never_seen");
    const key = followed ? "people.seen_by_appearance" : "people.seen";
    return this.say(key, { when: this.moment(when), camera: camera ?? "" });
  }

  /** @param {string} begin @param {string} end */
  span(begin, end) {
    const [from, until] = [this.clock(begin), this.clock(end)];
    return `${this.day(begin)}, ${from}${from === until ? "" : ` – ${until}`}`;
  }
}
