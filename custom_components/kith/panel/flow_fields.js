/** The fields of Home Assistant's forms, as far as Kith's forms use them. */

import { Directive, directive, html, live, noChange, nothing } from "./vendor/lit.js";
import "./areas.js";
import { input } from "./element.js";

/**
 * What a form's fields need.
 * @typedef {object} Form
 * @property {Kith} kith
 * @property {{watched?: string, entity?: string}} scene the camera that the form is about, if any
 * @property {(key: string) => string} say a text of this step, below its section; empty if there is none
 * @property {(key: string) => string} choice a text of a selector
 * @property {Record<string, any>} values
 * @property {Record<string, string>} errors
 * @property {(name: string, value: unknown) => void} set
 * @property {(files: File[]) => Promise<string | null>} upload
 */

/** @param {Form} form @param {Field[]} schema @returns {unknown} */
export function fields(form, schema) {
  return schema.map((field) => (field.type === "expandable" ? section(form, field) : one(form, field)));
}

/** What a form starts with. @param {Field[]} schema @returns {Record<string, any>} */
export function initial(schema) {
  const values = schema.map((field) => {
    if (field.schema) return [field.name, initial(field.schema)];
    return [field.name, field.description?.suggested_value ?? field.default];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/**
 * The names of fields whose value is missing, incomplete, or out of range.
 * @param {Field[]} schema
 * @param {Record<string, any>} values
 * @returns {string[]}
 */
export function invalid(schema, values) {
  return schema.flatMap((field) => {
    const value = values[field.name];
    if (field.schema) return invalid(field.schema, value ?? {});
    return isMissing(field, value) || isOutside(field, value) ? [field.name] : [];
  });
}

/** @param {Field} field @param {any} value */
function isMissing({ required, selector }, value) {
  return required && !selector?.boolean && (value === undefined || value === null || value === "");
}

/** @param {Field} field @param {any} value */
function isOutside({ selector }, value) {
  if (!selector?.number || typeof value !== "number") return false;
  const { min = -Infinity, max = Infinity } = selector.number;
  return Number.isNaN(value) || value < min || value > max;
}

/** @param {Form} form @param {Field} field */
function section(form, field) {
  const within = `sections.${field.name}`;
  const values = form.values[field.name] ?? {};
  const inner = {
    ...form,
    values,
    say: (/** @type {string} */ key) => form.say(`${within}.${key}`),
    set: (/** @type {string} */ name, /** @type {unknown} */ value) =>
      form.set(field.name, { ...values, [name]: value }),
  };
  const error = form.errors[field.name];
  const refused = error || field.schema?.some((one) => form.errors[one.name]);
  return html`<details ?open=${field.expanded || Boolean(refused)}>
    <summary>${form.say(`${within}.name`) || field.name}</summary>
    <div class="inside">
      ${error ? html`<p class="complaint" role="alert">${error}</p>` : nothing} ${fields(inner, field.schema ?? [])}
    </div>
  </details>`;
}

/** @param {Form} form @param {Field} field */
function one(form, field) {
  const { name } = field;
  const label = form.say(`data.${name}`) || name;
  const help = form.say(`data_description.${name}`);
  const error = form.errors[name];
  const notes = html`
    ${error ? html`<span class="complaint" role="alert">${error}</span>` : nothing}
    ${help ? html`<span class="help small quiet">${help}</span>` : nothing}
  `;
  const [kind, options] = Object.entries(field.selector ?? {})[0] ?? ["text", {}];
  if (kind === "boolean") {
    return html`<div class="block tick">
      <label class="tick">
        <input type="checkbox" .checked=${live(Boolean(form.values[name]))}
          @change=${(/** @type {Event} */ event) => form.set(name, input(event).checked)} />
        <span>${label}</span>
      </label>
      ${notes}
    </div>`;
  }
  const drawn = draw(form, field, kind, options ?? {});
  if (["list", "several", "object"].includes(drawn.shape)) {
    return html`<fieldset><legend>${label}</legend>${drawn.what} ${notes}</fieldset>`;
  }
  return html`<div class="block">
    <label class="field"><span>${label}</span>${drawn.what}</label>
    ${notes}
  </div>`;
}

/**
 * @param {Form} form
 * @param {Field} field
 * @param {string} kind
 * @param {any} options
 * @returns {{shape: string, what: unknown}}
 */
function draw(form, field, kind, options) {
  const value = form.values[field.name];
  const set = (/** @type {unknown} */ now) => form.set(field.name, now);
  switch (kind) {
    case "number":
      return { shape: "line", what: number(value, options, set) };
    case "file":
      return { shape: "line", what: file(form, options, set) };
    case "object":
      return { shape: "object", what: areas(form, value ?? [], set) };
    case "select":
      if (options.custom_value) return { shape: "line", what: suggested(value ?? "", chosen(form, options), set) };
      return choice(field, options, chosen(form, options), value, set);
    case "entity":
      return choice(field, options, entities(form.kith.hass, options), value, set);
    default:
      return { shape: "line", what: text(value ?? "", options, set) };
  }
}

/**
 * @param {Field} field
 * @param {any} options
 * @param {Option[]} choices
 * @param {any} value
 * @param {Set} set
 */
function choice(field, options, choices, value, set) {
  if (options.multiple) return { shape: "several", what: several(choices, value ?? [], set) };
  if (options.mode === "list") return { shape: "list", what: radios(field.name, choices, value, set) };
  return { shape: "line", what: menu(choices, value, set, !field.required) };
}

/** @param {string} value @param {any} options @param {Set} set */
function text(value, { type }, set) {
  return html`<input type=${type === "password" ? "password" : "text"} .value=${live(value)} autocomplete="off"
    @input=${(/** @type {Event} */ event) => set(input(event).value || undefined)} />`;
}

/** A text, of which some are offered. @param {string} value @param {Option[]} choices @param {Set} set */
function suggested(value, choices, set) {
  return html`<input type="text" list="suggested" .value=${live(value)} autocomplete="off"
      @input=${(/** @type {Event} */ event) => set(input(event).value || undefined)} />
    <datalist id="suggested">
      ${choices.map((one) => html`<option value=${one.value}>${one.label}</option>`)}
    </datalist>`;
}

/** @typedef {{value: string, label: string}} Option */
/** @typedef {(now: unknown) => void} Set */

/** @param {Form} form @param {any} options @returns {Option[]} */
function chosen(form, options) {
  return options.options.map((/** @type {string | Option} */ one) => {
    if (typeof one !== "string") return one;
    const key = `${options.translation_key}.options.${one}`;
    return { value: one, label: (options.translation_key && form.choice(key)) || one };
  });
}

/** @param {Hass} hass @param {any} options @returns {Option[]} */
function entities(hass, options) {
  const domains = [options.domain ?? []].flat();
  const found = Object.values(hass.states).filter(
    ({ entity_id: id }) => !domains.length || domains.includes(id.split(".")[0]),
  );
  return found
    .map((state) => ({ value: state.entity_id, label: String(state.attributes.friendly_name ?? state.entity_id) }))
    .sort((first, second) => first.label.localeCompare(second.label));
}

/** @param {Option[]} choices @param {string | undefined} value @param {Set} set @param {boolean} optional */
function menu(choices, value, set, optional) {
  const empty = optional || !choices.some((one) => one.value === value);
  return html`<select @change=${(/** @type {Event} */ event) => set(input(event).value || undefined)}>
    ${empty ? html`<option value="" .selected=${live(!value)}>–</option>` : nothing}
    ${choices.map(
      (one) => html`<option value=${one.value} .selected=${live(one.value === value)}>${one.label}</option>`,
    )}
  </select>`;
}

/** @param {string} name @param {Option[]} choices @param {string | undefined} value @param {Set} set */
function radios(name, choices, value, set) {
  return choices.map(
    (one) => html`<label class="choice">
      <input type="radio" name=${name} .checked=${live(one.value === value)} @change=${() => set(one.value)} />
      <span>${one.label}</span>
    </label>`,
  );
}

/** @param {Option[]} choices @param {string[]} value @param {Set} set */
function several(choices, value, set) {
  return html`<div class="several">
    ${choices.map(
      (one) => html`<label class="tick">
        <input type="checkbox" .checked=${live(value.includes(one.value))}
          @change=${(/** @type {Event} */ event) => {
            const rest = value.filter((other) => other !== one.value);
            set(input(event).checked ? [...rest, one.value] : rest);
          }} />
        <span>${one.label} <span class="small quiet">${one.value.includes(".") ? one.value : nothing}</span></span>
      </label>`,
    )}
  </div>`;
}

/** Writes a number into its field only if it is another than there: "1." and "1.50" are still being typed. */
class NumberDirective extends Directive {
  render() {
    return noChange;
  }

  /** @param {any} part the value of a field @param {any[]} given the number; NaN for what is none yet */
  update({ element }, [value]) {
    const cleared = value === undefined && element.validity.badInput;
    if (cleared || !Object.is(element.valueAsNumber, value ?? NaN)) element.value = String(value ?? "");
    return noChange;
  }
}

/** @type {(value: number | undefined) => unknown} */
const numeric = directive(NumberDirective);

/** @param {number | undefined} value @param {any} options @param {Set} set */
function number(value, { min, max, step, unit_of_measurement: unit }, set) {
  const read = (/** @type {Event} */ event) => {
    const { valueAsNumber: now, validity } = input(event);
    set(Number.isNaN(now) && !validity.badInput ? undefined : now);
  };
  return html`<span class="measure">
    <input type="number" min=${min ?? nothing} max=${max ?? nothing} step=${step ?? 1} .value=${numeric(value)}
      @input=${read} />${unit ?? nothing}
  </span>`;
}

/** @param {Form} form @param {any} options @param {Set} set */
function file(form, { accept }, set) {
  const read = async (/** @type {Event} */ event) => set(await form.upload([...(input(event).files ?? [])]));
  return html`<input type="file" accept=${accept ?? nothing} @change=${read} />`;
}

/** The only objects in Kith's forms. @param {Form} form @param {import("./areas.js").Area[]} value @param {Set} set */
function areas({ kith, scene }, value, set) {
  return html`<kith-areas .kith=${kith} .areas=${value} .watched=${scene.watched} .entity=${scene.entity}
    @changed=${(/** @type {CustomEvent} */ event) => set(event.detail)}></kith-areas>`;
}
