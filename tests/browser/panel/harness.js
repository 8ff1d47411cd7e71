// A stand-in for Home Assistant's frontend: a `hass` that answers from the recorded files, and the colours of its themes.

/** {command: answer | [answers, one after another] | {error: {code, message}}} */
const answers = window.ANSWERS;
const listeners = new Map();
/** The subscriptions of the lost connection that Home Assistant's library sends again. */
let kept = [];
/** By event. */
const observers = { ready: [], disconnected: [] };

window.fake = {
  calls: [],
  /** What is asked and not to be answered yet, by command. */
  held: new Map(),
  follow: [],
  /** An event of a subscription, e.g. of kith/subscribe. */
  tell(kind, event) {
    for (const listener of listeners.get(kind) ?? []) listener(event);
  },
  answer(kind, answer) {
    answers[kind] = answer;
  },
  set(changes) {
    hass = { ...hass, ...changes };
    panel.hass = hass;
    const card = document.querySelector("kith-card");
    if (card) card.hass = hass;
  },
  /** Home Assistant restarts: it knows none of the subscriptions anymore. */
  disconnect() {
    kept = [...listeners.entries()].flatMap(([kind, all]) => all.map((listener) => [kind, listener])).filter(
      ([, listener]) => listener.resubscribe,
    );
    listeners.clear();
    connection.connected = false;
    this.set({ connected: false });
    observers.disconnected.forEach((one) => one());
  },
  reconnect() {
    connection.connected = true;
    for (const [kind, listener] of kept) if (!answers[kind]?.error) listen(kind, listener);
    this.set({ connected: true });
    observers.ready.forEach((one) => one());
  },
  hold(kind) {
    let release;
    this.held.set(kind, new Promise((resolve) => (release = resolve)));
    return () => release();
  },
  listening: (kind) => (listeners.get(kind) ?? []).length,
};

const fill = (text, values) => text.replace(/{(\w+)}/g, (whole, name) => values?.[name] ?? whole);

function found(message) {
  const answer = answers[message.type];
  const picked = Array.isArray(answer) ? (answer.length > 1 ? answer.shift() : answer[0]) : answer;
  if (picked === undefined) throw { code: "unknown_command", message: `No answer to ${message.type}` };
  if (picked.error) throw picked.error;
  if (picked.pages) return picked.pages[Number(message.cursor ?? 0)];
  return structuredClone(picked);
}

function listen(kind, listener) {
  listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
  if (answers[kind]) queueMicrotask(() => listener(structuredClone(answers[kind])));
}

/** As Home Assistant's library: a listener that removes itself in an event makes it skip the next one. */
const connection = {
  connected: true,
  addEventListener: (kind, listener) => observers[kind].push(listener),
  removeEventListener(kind, listener) {
    const place = observers[kind].indexOf(listener);
    if (place >= 0) observers[kind].splice(place, 1);
  },
  async subscribeMessage(told, message, { resubscribe = true } = {}) {
    window.fake.follow.push(message);
    const kind = message.type;
    const listener = Object.assign((event) => told(event), { resubscribe });
    if (answers[kind]?.error) throw answers[kind].error;
    listen(kind, listener);
    return () => {
      const open = listeners.get(kind) ?? [];
      if (!open.includes(listener)) throw new Error("the number of this subscription is another's by now");
      listeners.set(kind, open.filter((one) => one !== listener));
    };
  },
};

let hass = {
  connected: true,
  language: window.LANGUAGE,
  locale: { language: window.LANGUAGE, time_format: "24", time_zone: "server" },
  config: { time_zone: "Europe/Berlin" },
  async callWS(message) {
    window.fake.calls.push(message);
    await window.fake.held.get(message.type);
    return found(message);
  },
  connection,
  states: {
    "camera.porch": { entity_id: "camera.porch", attributes: { friendly_name: "Porch" } },
    "camera.hall": { entity_id: "camera.hall", attributes: { friendly_name: "Hall" } },
    "binary_sensor.porch_motion": { entity_id: "binary_sensor.porch_motion", attributes: { friendly_name: "Porch motion" } },
    "person.linus": { entity_id: "person.linus", attributes: { friendly_name: "Linus" } },
  },
  async callApi(method, path, body) {
    window.fake.calls.push({ type: `${method} ${path}`, body });
    return found({ type: `${method} ${path}` });
  },
  fetchWithAuth: (path, options) => fetch(path, options),
  loadBackendTranslation: async (category, integration) => (key, values) => {
    const place = key.split(".").slice(2).reduce((node, name) => node?.[name], window.TEXTS);
    if (category !== "config_panel") return typeof place === "string" ? fill(place, values) : "";
    if (typeof place !== "string") throw new Error(`no text ${key} (${category}, ${integration})`);
    return fill(place, values);
  },
};

/** Home Assistant's own, as far as the card needs it. */
class HomeAssistantCard extends HTMLElement {
  constructor() {
    super();
    const style = document.createElement("style");
    style.textContent = `:host { background: var(--card-background-color); border: 1px solid var(--divider-color);
      border-radius: 12px; }`;
    this.attachShadow({ mode: "open" }).append(style, document.createElement("slot"));
  }
}
customElements.define("ha-card", HomeAssistantCard);

async function showCard() {
  await import("/kith_panel/test/card.js");
  const root = Object.assign(document.createElement("home-assistant"), { hass });
  const card = document.createElement("kith-card");
  card.setConfig(JSON.parse(decodeURIComponent(location.hash.slice(1) || "{}")));
  card.hass = hass;
  const main = document.createElement("main");
  main.style = "display: block; margin: 16px; max-width: 480px;";
  main.append(card);
  document.body.append(root, main);
}

const panel = document.createElement("kith-panel");
const route = () => ({ prefix: "/kith", path: location.pathname.replace(/^\/kith/, "") });
const width = matchMedia("(max-width: 870px)");
panel.narrow = width.matches;
panel.route = route();
panel.panel = { url_path: "kith", config: {} };
panel.hass = hass;
for (const kind of ["location-changed", "popstate"]) addEventListener(kind, () => (panel.route = route()));
width.addEventListener("change", () => (panel.narrow = width.matches));
if (location.pathname === "/kith_card") showCard();
else document.body.append(panel);
