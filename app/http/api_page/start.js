// Builds the page from the API document: start page, groups, operations; filters them and follows the address.
import { ApiDocument } from "./api_document.js";
import { element, lazyDetails } from "./element.js";
import { markdown } from "./markdown.js";
import { operationContent } from "./operation.js";
import { Session } from "./session.js";
import { connectSignIn } from "./sign_in.js";

const find = (selector) => /** @type {any} */ (document.querySelector(selector));
const count = (number) => (number === 1 ? "1 operation" : `${number} operations`);

function operationItem(api, session, operation) {
  const { id, method, path, summary, isDeprecated } = operation;
  const short = path.replace(/^\/api\/v1/, "");
  const heading = element(
    "summary",
    {},
    element("span", { class: `method ${method.toLowerCase()}` }, method),
    " ",
    element("code", { class: "path" }, ...short.split(/(?=\/)/).flatMap((part) => [part, element("wbr")])),
    " ",
    element("span", { class: "title" }, summary, isDeprecated && element("strong", { class: "fault" }, " (deprecated)")),
  );
  const item = element("li", {}, lazyDetails({ id, class: "operation" }, heading, () => operationContent(api, session, operation)));
  return { item, text: `${method} ${short} ${summary} ${id}`.toLowerCase() };
}

function groupSection(api, session, group) {
  const items = group.operations.map((operation) => operationItem(api, session, operation));
  const size = element("span", { class: "size" }, count(items.length));
  const details = element(
    "details",
    { id: group.slug, class: "group" },
    element("summary", {}, element("h2", {}, group.name), " ", size),
    element("div", { class: "introduction" }, ...markdown(group.description, { addressOf: (code) => api.addressOf(code) })),
    element("ul", { class: "operations" }, ...items.map(({ item }) => item)),
  );
  const filter = (words) => {
    const shown = items.filter(({ item, text }) => !(item.hidden = !words.every((word) => text.includes(word))));
    details.hidden = shown.length === 0;
    details.open = words.length > 0 && shown.length > 0;
    return shown.length;
  };
  return { details, filter };
}

/** Open what the address names, a group or an operation, and go there. */
function followAddress() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(target instanceof HTMLDetailsElement)) return;
  const group = /** @type {any} */ (target.closest(".group"));
  group.open = true;
  group.hidden = false;
  const item = target.closest("li");
  if (item) item.hidden = false;
  if (target !== group) /** @type {any} */ (target).fill();
  target.scrollIntoView();
  target.querySelector("summary")?.focus({ preventScroll: true });
}

async function start() {
  const { document: address, api: base } = document.body.dataset;
  const session = new Session(String(base));
  connectSignIn(session);
  const response = await fetch(String(address));
  const api = new ApiDocument(await response.json());
  const addressOf = (code) => api.addressOf(code);
  find("#guide").append(...markdown(api.content.info.description, { addressOf, level: 2 }));
  const groups = api.groups.map((group) => groupSection(api, session, group));
  find("#groups").append(...groups.map(({ details }) => details));
  find("#group-links").append(...api.groups.map(({ slug, name, operations }) => element("li", {}, element("a", { href: `#${slug}` }, name), ` ${operations.length}`)));
  const filter = find("#filter");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = groups.reduce((sum, group) => sum + group.filter(words), 0);
    find("#guide").hidden = words.length > 0;
    find("#filter-result").textContent = words.length ? `${count(shown)} found` : "";
  };
  filter.addEventListener("input", apply);
  // A link to where one is already changes no address.
  document.addEventListener("click", ({ target }) => {
    const link = target instanceof Element && target.closest("a");
    if (link && link.hash && link.hash === location.hash) followAddress();
  });
  window.addEventListener("hashchange", followAddress);
  document.body.dataset.ready = "";
  followAddress();
}

start().catch(() => {
  find("#groups").replaceChildren(element("p", { class: "fault" }, "The API document cannot be read. Is the server running?"));
});
