/** What all pages share: commands, texts, and navigation. */

import { prepared } from "./photo_file.js";
import { subscribe, watch } from "./subscription.js";
import { Undos } from "./undo.js";
import { Words } from "./words.js";

const TOO_LARGE = 413;

export class Kith extends Words {
  /**
   * @param {Hass} hass
   * @param {Localize} localize of the category config_panel
   * @param {Kith | null} before the instance for the previous language
   */
  constructor(hass, localize, before) {
    super(hass, localize);
    this.hass = hass;
    this.undos = before?.undos ?? new Undos();
    /** @type {Map<string, any>} pages' settings, until the panel is closed */
    this.memory = before?.memory ?? new Map();
    /** @type {Told | null} */
    this.told = before?.told ?? null;
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
    return this.hass.callWS(this._message(kind, asked));
  }

  /**
   * Follows the work that a command begins. Returns how to stop that.
   * @template T
   * @param {string} kind
   * @param {object} asked
   * @param {(event: T) => void} listener
   * @param {(error: unknown) => void} failed called if it is refused or the connection is lost, which ends the work
   */
  follow(kind, asked, listener, failed) {
    const end = (/** @type {unknown} */ error) => failed(error ?? { message: this.say("common.lost") });
    return subscribe(this.hass, this._message(kind, asked), listener, end);
  }

  /**
   * Watches what a command shows, also after a lost connection. Returns how to stop that.
   * @template T
   * @param {string} kind
   * @param {object} asked
   * @param {(event: T) => void} listener
   * @param {(error: unknown) => void} failed called whenever it is refused
   */
  watch(kind, asked, listener, failed) {
    return watch(this.hass, this._message(kind, asked), listener, failed);
  }

  /** @param {string} kind @param {object} asked */
  _message(kind, asked) {
    return { type: `kith/${kind}`, language: this.hass.language, ...asked };
  }

  /**
   * Uploads a photo of a person and returns the result in words.
   * @param {string} personId
   * @param {File} photo
   * @param {boolean} [sure] also if it looks more like somebody else
   * @returns {Promise<{ok: boolean, words: string, code?: string}>}
   */
  async upload(personId, photo, sure = false) {
    const query = new URLSearchParams({ person_id: personId, language: this.hass.language, sure: String(sure) });
    try {
      const body = await prepared(photo);
      const answer = await this.hass.fetchWithAuth(`/api/kith/photos?${query}`, { method: "POST", body });
      const told = await answer.json().catch(() => ({})); // a proxy before Home Assistant answers in its own way
      const failed = this.say(answer.status === TOO_LARGE ? "common.upload_too_large" : "common.upload_failed");
      return { ok: answer.ok, words: told.words ?? told.message ?? failed, code: told.code };
    } catch {
      return { ok: false, words: this.say("common.upload_failed") };
    }
  }

  /** Removes a camera or a service. @param {string} subentry its id */
  remove(subentry) {
    const asked = { entry_id: this.told?.entry_id, subentry_id: subentry };
    return this.hass.callWS({ type: "config_entries/subentries/delete", ...asked });
  }

  /**
   * Gives Home Assistant a file that a command or a form then names by its id. Rejects with {message}.
   * @param {File} file
   * @param {AbortSignal} signal ends it
   * @returns {Promise<string>}
   */
  async uploadFile(file, signal) {
    const body = new FormData();
    body.append("file", file);
    const answer = await this.hass
      .fetchWithAuth("/api/file_upload", { method: "POST", body, signal })
      .catch(() => null);
    const failed = answer?.status === TOO_LARGE ? "common.upload_too_large" : "common.upload_failed";
    if (!answer?.ok) throw { message: this.say(failed) };
    const { file_id: id } = await answer.json();
    if (signal.aborted) await this.hass.callApi("DELETE", "file_upload", { file_id: id });
    signal.throwIfAborted();
    return id;
  }

  /** @param {unknown} error the reason of a command's rejection */
  excuse(error) {
    const message = /** @type {{message?: unknown}} */ (error)?.message;
    return typeof message === "string" && message ? message : this.say("common.failed");
  }

  /** Says at the foot of the page why something failed. @param {unknown} error */
  complain(error) {
    this.undos.offer({ words: this.excuse(error), bad: true });
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
