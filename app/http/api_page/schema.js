// A schema as a list of its members; what lies deeper opens on demand.
import { element, lazyDetails } from "./element.js";
import { inline } from "./markdown.js";

const LIMITS = { minLength: "at least {} characters", maxLength: "at most {} characters", minimum: "from {}", maximum: "up to {}", minItems: "at least {} items", maxItems: "at most {} items", pattern: "pattern {}" };
const nameOf = (schema) => schema?.$ref?.split("/").pop() ?? "";

/** Return the type of a schema in words, such as `array of string (uuid) or null`. */
export function typeOf(api, schema) {
  const own = api.resolve(schema);
  const choices = own.anyOf ?? own.oneOf;
  if (choices) return [...new Set(choices.map((choice) => typeOf(api, choice)))].join(" or ");
  const types = [own.type ?? "any"].flat().map((type) => {
    if (type === "array") return `array of ${typeOf(api, own.items ?? {})}`;
    if (type === "object") return nameOf(schema) || "object";
    return own.format && type !== "null" ? `${type} (${own.format})` : type;
  });
  return types.join(" or ");
}

/** Return the limits, the default and the codes of a schema as nodes. */
export function limitsOf(api, schema) {
  const own = api.resolve(schema);
  const texts = Object.entries(LIMITS).filter(([key]) => own[key]).map(([key, text]) => text.replace("{}", own[key]));
  if (own.default !== undefined && own.default !== null && own.default !== "") texts.push(`default ${JSON.stringify(own.default)}`);
  const values = own.enum ?? api.resolve(own.items ?? {}).enum;
  const codes = (values ?? []).filter((value) => value !== null).map((value) => element("code", {}, String(value)));
  return [
    texts.length > 0 && element("span", { class: "limits" }, texts.join(", ")),
    codes.length > 0 && element("span", { class: "codes" }, "one of ", ...codes.flatMap((code, index) => (index ? [", ", code] : [code]))),
  ].filter(Boolean);
}

/** Return the schema whose members a reader looks for: the object itself, or the one in a list or choice. */
function membersOf(api, schema) {
  const own = api.resolve(schema);
  if (own.properties) return own;
  if (own.items) return membersOf(api, own.items);
  const choices = (own.anyOf ?? own.oneOf ?? []).map((choice) => membersOf(api, choice)).filter(Boolean);
  return choices.length === 1 ? choices[0] : null;
}

const choicesOf = (api, schema) => {
  const own = api.resolve(schema);
  return (own.anyOf ?? own.oneOf ?? []).filter((choice) => membersOf(api, choice));
};

function memberItem(api, name, schema, isRequired) {
  const own = api.resolve(schema);
  const below = membersOf(api, schema) || choicesOf(api, schema).length > 0;
  const addressOf = (code) => api.addressOf(code);
  return element(
    "li",
    {},
    element("code", { class: "member" }, name),
    " ",
    element("span", { class: "type" }, typeOf(api, schema)),
    isRequired && element("strong", { class: "required" }, " required"),
    own.description && element("span", { class: "about" }, ...inline(own.description, addressOf)),
    ...limitsOf(api, schema),
    below && lazyDetails({ class: "deeper" }, element("summary", {}, `Members of ${name}`), () => [schemaList(api, schema)]),
  );
}

/** Return the list of members of a schema, or its type where it has none. */
export function schemaList(api, schema) {
  const choices = choicesOf(api, schema);
  if (choices.length > 1) {
    const summaries = choices.map((choice, index) => `Choice ${index + 1}: ${typeOf(api, choice)}`);
    return element("div", {}, ...choices.map((choice, index) => lazyDetails({ class: "deeper" }, element("summary", {}, summaries[index]), () => [schemaList(api, choice)])));
  }
  const members = membersOf(api, schema);
  if (!members) return element("p", { class: "type" }, typeOf(api, schema), " ", ...limitsOf(api, schema));
  const required = new Set(members.required ?? []);
  const names = Object.keys(members.properties).sort((a, b) => Number(required.has(b)) - Number(required.has(a)) || a.localeCompare(b));
  return element("ul", { class: "schema" }, ...names.map((name) => memberItem(api, name, members.properties[name], required.has(name))));
}
