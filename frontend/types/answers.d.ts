// What the page gets from Home Assistant, as far as it uses it, and what Kith's commands answer (tests/fixtures/ws).

type Unsubscribe = () => void | Promise<void>;

interface Hass {
  connected: boolean;
  language: string;
  locale: { language: string; time_format: string; time_zone: string };
  user?: { is_admin: boolean };
  config: { time_zone: string };
  user?: { is_admin: boolean };
  connection: {
    connected: boolean;
    addEventListener(kind: "ready" | "disconnected", listener: () => void): void;
    removeEventListener(kind: "ready" | "disconnected", listener: () => void): void;
    subscribeMessage<T>(
      listener: (event: T) => void,
      message: object,
      options: { resubscribe: boolean },
    ): Promise<Unsubscribe>;
  };
  states: Record<string, { entity_id: string; attributes: Record<string, unknown> }>;
  callWS<T>(message: object): Promise<T>;
  callApi(method: string, path: string, body?: object): Promise<any>;
  fetchWithAuth(path: string, options?: RequestInit): Promise<Response>;
  loadBackendTranslation(category: string, integration: string): Promise<Localize>;
}

type Localize = (key: string, values?: Record<string, string | number>) => string;

interface Route {
  prefix: string;
  path: string;
}

interface Told {
  loaded: boolean;
  entry_id: string | null;
  engine: { state: string; reason: string | null };
  unanswered: number;
  people: number;
  keeping_days: number;
  second_opinion: boolean;
  first_steps: FirstStepsDone | null;
  changed: Part[];
}

interface FirstStepsDone {
  camera: boolean;
  person: boolean;
  automation: boolean;
}

interface Service {
  service_id: string;
  name: string;
  enabled: boolean;
  at_home: boolean;
  asked_today: number | null;
}

type Part = "inbox" | "people" | "visits" | "cameras" | "settings";

/** As Home Assistant describes the fields of a form, and the steps of a flow. */
interface Field {
  name: string;
  type?: string;
  required?: boolean;
  default?: any;
  description?: { suggested_value?: any };
  selector?: Record<string, any>;
  schema?: Field[];
  expanded?: boolean;
}

interface FlowStep {
  type: "form" | "menu" | "progress" | "create_entry" | "abort";
  flow_id: string;
  step_id: string;
  data_schema?: Field[];
  errors?: Record<string, string> | null;
  description_placeholders?: Record<string, string> | null;
  menu_options?: string[];
  progress_action?: string;
  reason?: string;
  title?: string;
}

interface ImportPerson {
  name: string;
  known: boolean;
  photos: number;
  total: number;
  checked: number;
  good: number;
  refused: { count: number; words: string }[];
  /** What became of them, once imported. */
  words?: string;
}

interface ImportChecked {
  person: ImportPerson | null;
  done: boolean;
  trouble: string | null;
}

interface Undoable {
  undo: string;
  until: string;
}

interface Face {
  face_id: string;
  picture: string | null;
  captured: string;
  camera: string;
  camera_id: string;
  width: number;
  quality: string;
  words: string;
}

interface Chip {
  person_id: string;
  name: string;
  portrait: string | null;
}

interface Group {
  group_id: string;
  faces: Face[];
  visits: number;
  first: string;
  last: string;
  cameras: string[];
  suggestion: (Chip & { words: string }) | null;
  likely: Chip[];
  stranger: boolean;
}

interface Judged {
  face_id: string;
  why: string;
}

interface Answered extends Undoable {
  hint: string | null;
  kept: Judged[];
  dropped: Judged[];
  person_id?: string;
}

interface InboxList {
  groups: Group[];
  cursor: string | null;
  total: number;
  keeping_days: number;
  keeping_decided: boolean;
}

interface PersonSummary extends Chip {
  present: boolean;
  last_seen: string | null;
  last_camera: string | null;
  by_appearance: boolean;
  photos: number;
  enrolled: boolean;
  nameable: boolean;
  recognized: boolean;
  avoided: boolean;
  advice: string[];
}

interface Figures {
  photos: number;
  closest: { a: string; b: string; words: string } | null;
  expected_misses: { least: number; most: number } | null;
  expected_false: number | null;
  words: string;
}

interface Photo {
  template_id: string;
  picture: string | null;
  added: string;
  source: string;
  width: number;
  quality: string;
  words: string;
  double_of: string | null;
  weak: boolean;
}

interface Person extends Omit<PersonSummary, "photos"> {
  subentry_id: string;
  photos: Photo[];
  consent: { to: string[]; words: string[]; by: string; at: string | null };
  look_alike: { name: string; words: string } | null;
  missing: string[];
  self_test: { words: string; found: number | null; tests: number };
  merges: { merge_id: string; name: string; at: string }[];
}

interface Mark {
  mark_id: string;
  person_id: string | null;
  name: string | null;
  added: string;
  words: string;
  looks_like: string | null;
}

interface BlueprintFile {
  path: string;
  name: string;
  description: string;
  yaml: string;
}

interface Trial {
  template_id: string;
  outcome: string;
  words: string;
}

type Counted = number | boolean | string[] | Record<string, number>;

interface Forgotten {
  erased: Record<string, Counted>;
  left: string[];
  entities: string[];
  backups: string[];
  words: string;
}

interface Look {
  wish: string;
  taken: number;
  wanted: number;
  words: string;
  done: boolean;
}

interface Visit {
  visit_id: string;
  camera_id: string;
  camera: string;
  begin: string;
  end: string;
  outcome: "known" | "likely" | "stranger" | "unsure" | "unusable";
  person_id: string | null;
  name: string | null;
  by: "face" | "appearance" | null;
  words: string;
  picture: string | null;
  corrected: { to: string; person_id: string | null; at: string } | null;
  opinion: { service: string; bytes: number; words: string } | null;
}

interface DayVisit {
  visit_id: string;
  outcome: "known" | "stranger" | "unsure" | "unusable";
  person_id: string | null;
  name: string | null;
  by: "face" | "appearance" | null;
  camera_id: string;
  camera: string;
  begin: string;
  end: string;
}

interface DayFound {
  day: string;
  begin: string;
  end: string;
  days: string[];
  visits: DayVisit[];
}

interface WeekDay {
  day: string;
  known: number;
  stranger: number;
  unsure: number;
  unusable: number;
}

interface WeekFound {
  days: WeekDay[];
  people: { person_id: string; name: string; named: number; unsure: number; missed: number }[];
}

interface VisitsList {
  visits: Visit[];
  days: { day: string; visits: number }[];
  cursor: string | null;
  total: number;
}

interface Step {
  at: string;
  evidence: number;
  demanded: number;
  stranger: number;
  stranger_demanded: number;
  likely: string | null;
  frames: number;
}

interface Explained extends Visit {
  steps: Step[];
  refused: { flaw: string; count: number; words: string }[];
  frames: number;
  sentences: string[];
}

interface Camera {
  camera_id: string;
  name: string;
  entity_id: string;
  wake: string[];
  recognition: boolean;
  source: string;
  frame_ms: number | null;
  suitability: { usable: number | null; limit: string | null; words: string };
  state: string;
}

interface Choice {
  value: string;
  words: string;
  figures: { photos: number; missed: number; mixed_up: number; strangers_named: number };
}

/** What `clips/analyze` sends. */
interface ClipSeen {
  share: number;
  done: boolean;
  trouble?: string | null;
  found?: ClipFound | null;
}

interface ClipFound {
  people: {
    outcome: string;
    person: string | null;
    person_id: string | null;
    likely: string | null;
    from: number;
    to: number;
    explanation: string;
    evidence: { frames: number; weight: number | null; demanded: number | null; margin: number | null };
  }[];
  begin: string | null;
  length: number;
  looked_at: number;
  pictures: number;
}

interface CamerasList {
  cameras: Camera[];
}

interface SettingsFound {
  sureness: { now: string; choices: Choice[] };
  keeping: { days: number; decided: boolean; most: number; kept: number };
  answering: { user_id: string; name: string; trusted: boolean }[];
  networks: {
    now: string | null;
    wanted: string;
    choices: { name: string; title: string }[];
    update: string | null;
    pending: boolean;
    tried: PackTried | null;
  } | null;
  services: Service[];
  engine: { url: string | null };
}

interface Watched {
  picture: string | null;
  width: number;
  height: number;
  captured: string | null;
  persons: { box: number[]; name: string | null }[];
  faces: { box: number[]; name: string | null; words: string; ok: boolean }[];
  ms: number | null;
}

type ChangedVisit = Visit & {
  would: { outcome: string; person_id: string | null; name: string | null; words: string };
};
interface CardPerson {
  person_id: string;
  entity_id: string | null;
  name: string;
  present: boolean;
  since: string | null;
  last_seen: string | null;
  camera: string | null;
  by_appearance: boolean;
  picture: string | null;
}

interface CardVisit extends DayVisit {
  picture: string | null;
}

interface CardTold {
  loaded: boolean;
  people: CardPerson[];
  visits: CardVisit[];
}

interface Replay {
  visits: number;
  changed: ChangedVisit[];
}

interface PackTried {
  head: string;
  lines: string[];
  photos: string | null;
  lost: string | null;
  changed: ChangedVisit[];
}

interface PackTrial {
  percent: number;
  trouble: string | null;
  tried: PackTried | null;
}

type Kith = import("../../custom_components/kith/panel/kith.js").Kith;
