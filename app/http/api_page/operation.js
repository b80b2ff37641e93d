// One operation: who may call it, its parameters and body as a form that calls it, and its answers.
import { callOf, curlOf, send } from "./call.js";
import { element, lazyDetails, nextId } from "./element.js";
import { inline, markdown } from "./markdown.js";
import { limitsOf, schemaList, typeOf } from "./schema.js";

const BEARER = "bearer";
const MOST_SHOWN = 6;

/** Return the content of an opened operation. */
export function operationContent(api, session, operation) {
  const addressOf = (code) => api.addressOf(code);
  return [
    element(
      "div",
      { class: "content" },
      ...markdown(operation.description, { level: 3, addressOf }),
      callers(session, operation),
      callForm(api, session, operation),
      element("h3", {}, "Answers"),
      ...operation.responses.map(([status, response]) => answer(api, status, response)),
      element("p", { class: "small" }, element("a", { href: `#${operation.id}` }, "Address of this operation"), " · operationId ", element("code", {}, operation.id)),
    ),
  ];
}

function callers(session, { schemes, permissions }) {
  const place = element("p", { class: "callers" });
  const show = () => {
    if (!schemes) return place.replaceChildren("Anyone may call this, without signing in.");
    if (!schemes.includes(BEARER)) return place.replaceChildren("For phone apps with an ingest token, not for signed-in accounts.");
    if (!permissions.length) return place.replaceChildren("Any signed-in account may call this.");
    const lacking = session.account && permissions.filter((permission) => !session.account.permissions.includes(permission));
    return place.replaceChildren(
      "Needs ",
      ...permissions.flatMap((permission, index) => [index ? " and " : "", element("code", {}, permission)]),
      lacking?.length ? `. The signed-in account does not have ${lacking.join(", ")}.` : ".",
    );
  };
  session.addEventListener("change", show);
  show();
  return place;
}

function callForm(api, session, operation) {
  const fields = operation.parameters.filter(({ in: place }) => place !== "cookie").map((parameter) => parameterField(api, parameter));
  const body = operation.body && bodyField(api, operation.body);
  const token = operation.schemes && !operation.schemes.includes(BEARER) ? parameterField(api, { in: "token", name: "Ingest token", schema: { type: "string" } }) : null;
  const status = element("p", { role: "status", class: "status" });
  const place = element("div");
  const curl = element("div");
  const button = element("button", { type: "submit" }, "Send");
  const stop = element("button", { type: "button", hidden: true, class: "plain" }, "Stop");
  let controller = new AbortController();
  stop.addEventListener("click", () => controller.abort());

  const submit = async (event) => {
    event.preventDefault();
    const call = callOf(api.server, operation, fields.map(({ value }) => value()), body ? body.value() : null);
    const authorization = token?.value().value ? `Bearer ${token.value().value}` : operation.schemes?.includes(BEARER) ? await session.authorization() : null;
    if (authorization) call.headers.Authorization = authorization;
    curl.replaceChildren(element("p", { class: "small" }, "The same call with curl:"), element("pre", { class: "curl" }, curlOf(call, { isSignedIn: authorization !== null })));
    controller = new AbortController();
    stop.hidden = false;
    await send(call, { status, place, signal: controller.signal });
    stop.hidden = true;
  };
  return element(
    "form",
    { on: { submit }, class: "call", "aria-label": `Call ${operation.method} ${operation.path}` },
    fields.length > 0 && element("h3", {}, "Parameters"),
    ...parameterRows(fields),
    body && element("h3", {}, "Body"),
    body && body.row,
    token && token.row,
    element("p", { class: "actions" }, button, " ", stop),
    status,
    curl,
    place,
  );
}

/** Return the rows of all fields. Many optional ones are folded away, so that the button is near. */
function parameterRows(fields) {
  const optional = fields.filter(({ isRequired }) => !isRequired);
  if (optional.length <= MOST_SHOWN) return fields.map(({ row }) => row);
  const rows = (some) => some.map(({ row }) => row);
  const summary = element("summary", {}, `${optional.length} optional parameters`);
  return [...rows(fields.filter(({ isRequired }) => isRequired)), element("details", { class: "folded" }, summary, ...rows(optional))];
}

/** @param {Record<string, any>} parameter */
function parameterField(api, parameter) {
  const { in: place, name, required, description, deprecated, example, schema = {} } = parameter;
  const id = nextId();
  const own = api.resolve(schema);
  const codes = own.type === "boolean" ? ["true", "false"] : own.enum;
  const input = codes
    ? element("select", { id, required }, element("option", { value: "" }, "–"), ...codes.filter((code) => code !== null).map((code) => element("option", { value: code }, String(code))))
    : element("input", { id, required, autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}-about` });
  const row = element(
    "div",
    { class: "field" },
    element("label", { for: id }, element("code", { class: "member" }, name), required && element("strong", { class: "required" }, " required"), deprecated && element("strong", { class: "fault" }, " deprecated")),
    element(
      "div",
      {},
      input,
      element(
        "p",
        { id: `${id}-about`, class: "small" },
        ...(description ? [...inline(description, (code) => api.addressOf(code)), element("br")] : []),
        `${place}, ${typeOf(api, schema)}`,
        ...(codes ? [] : limitsOf(api, schema).flatMap((limit) => [", ", limit])),
        ...(example === undefined ? [] : [", for example ", element("code", {}, String(example))]),
      ),
    ),
  );
  return { row, isRequired: Boolean(required), value: () => ({ in: place, name, value: input.value.trim(), isList: own.type === "array" }) };
}

function bodyField(api, body) {
  const [[type, media]] = Object.entries(body.content);
  const id = nextId();
  const isFile = /octet-stream/.test(type);
  const input = isFile ? element("input", { id, type: "file" }) : element("textarea", { id, rows: 8, spellcheck: "false" });
  const examples = isFile ? [] : api.requestsOf(media);
  const show = (index) => {
    const value = examples[index]?.[1] ?? "";
    input.value = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    input.rows = Math.min(24, Math.max(4, input.value.split("\n").length + 1));
  };
  if (!isFile) show(0);
  const choice = nextId();
  const choose = element("select", { id: choice, on: { change: () => show(choose.selectedIndex) } }, ...examples.map(([name]) => element("option", {}, name)));
  const row = element(
    "div",
    {},
    body.description && element("p", {}, ...inline(body.description, (code) => api.addressOf(code))),
    examples.length > 1 && element("div", { class: "field" }, element("label", { for: choice }, "Example"), element("div", {}, choose)),
    element("div", { class: "field" }, element("label", { for: id }, element("code", {}, type)), element("div", {}, input)),
    media.schema && /json/.test(type) && lazyDetails({ class: "deeper" }, element("summary", {}, "Members of the body"), () => [schemaList(api, media.schema)]),
  );
  const value = () => {
    const content = isFile ? (input.files[0] ?? "") : input.value;
    return content || body.required ? { type, content } : null;
  };
  return { row, value };
}

function answer(api, status, response) {
  const contents = Object.entries(response.content ?? {});
  const title = `${status === "default" ? "Other errors" : status} ${response.description ?? ""}`;
  if (!contents.length) return element("p", { class: "bare-answer" }, title);
  const types = contents.map(([type]) => type).join(", ");
  return lazyDetails({ class: "deeper" }, element("summary", {}, title, " ", element("span", { class: "type" }, types)), () =>
    [headerList(api, response), ...contents.slice(0, 1).flatMap(([, media]) => [media.schema && schemaList(api, media.schema), ...writtenExamples(api, media)])].filter(Boolean),
  );
}

function headerList(api, { headers = {} }) {
  const rows = Object.entries(headers).map(([name, header]) => [name, api.resolve(header).description ?? ""]);
  return rows.length > 0 && element("ul", { class: "schema" }, ...rows.map(([name, about]) => element("li", {}, "Header ", element("code", { class: "member" }, name), " ", about)));
}

function writtenExamples(api, media) {
  if (!media.examples && media.example === undefined) return [];
  return api.examplesOf(media).flatMap(([name, value]) => [element("p", { class: "small" }, name), element("pre", {}, JSON.stringify(value, null, 2))]);
}
