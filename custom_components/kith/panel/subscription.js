/** Subscriptions to what Kith tells: a connection can be lost, and Kith starts after Home Assistant. */

/** Milliseconds until a subscription that was refused is tried again: Kith may not have started yet. */
const AGAIN = 10_000;

/**
 * Listens until the connection is lost: what works, such as taking photos, must not begin again by itself.
 * Returns how to stop.
 * @template T
 * @param {Hass} hass
 * @param {object} message
 * @param {(event: T) => void} listener
 * @param {(error: unknown) => void} failed called once if it is refused, or without an error if the connection was lost
 */
export function subscribe({ connection }, message, listener, failed) {
  let open = true;
  const close = () => {
    open = false;
    connection.removeEventListener("disconnected", lost);
  };
  const fail = (/** @type {unknown} */ error) => {
    if (!open) return;
    close();
    failed(error);
  };
  const lost = () => queueMicrotask(() => fail(undefined)); // a listener removed at once makes the next one be skipped
  connection.addEventListener("disconnected", lost);
  const tell = (/** @type {T} */ event) => void (open && listener(event));
  const following = connection.connected
    ? connection.subscribeMessage(tell, message, { resubscribe: false })
    : Promise.reject(undefined); // the library would begin as soon as there is a connection
  following.catch(fail);
  return () => {
    if (!open) return; // after a loss, the subscription's number is another's
    close();
    following.then((stop) => stop(), () => undefined);
  };
}

/**
 * Listens for as long as somebody watches: again after a lost connection, and until Kith accepts. Returns how to stop.
 * @template T
 * @param {Hass} hass
 * @param {object} message
 * @param {(event: T) => void} listener
 * @param {(error: {code?: string, message?: string}) => void} failed called for each refusal
 */
export function watch(hass, message, listener, failed) {
  const { connection } = hass;
  /** @type {() => void} */
  let stop = () => undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  const begin = () => {
    clearTimeout(waiting);
    stop();
    stop = subscribe(hass, message, listener, (/** @type {any} */ error) => {
      if (!error) return; // begins again with the connection
      failed(error);
      if (error.code !== "unauthorized") waiting = setTimeout(begin, AGAIN);
    });
  };
  connection.addEventListener("ready", begin);
  begin();
  return () => {
    connection.removeEventListener("ready", begin);
    clearTimeout(waiting);
    stop();
  };
}
