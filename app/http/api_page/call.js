// One call of an operation: its request from the fields of a form, the same as a curl command, and its answer.
import { element } from "./element.js";

const LONGEST_ANSWER = 200_000;
const SHOWN_HEADERS = ["content-type", "etag", "location", "link", "retry-after", "x-request-id"];

/**
 * @typedef {{ method: string, url: string, headers: Record<string, string>, body: string | Blob | null }} Call
 */

/**
 * Return the call that a form describes.
 * @param {{ path: string, method: string }} operation
 * @param {{ in: string, name: string, value: string, isList: boolean }[]} values of parameters; empty ones are left out
 * @param {{ type: string, content: string | Blob } | null} body
 * @returns {Call}
 */
export function callOf(server, operation, values, body) {
  const given = values.filter(({ value }) => value !== "");
  const path = given.filter((value) => value.in === "path").reduce((made, { name, value }) => made.replace(`{${name}}`, encodeURIComponent(value)), operation.path);
  const query = new URLSearchParams();
  for (const { name, value, isList } of given.filter((parameter) => parameter.in === "query")) {
    for (const part of isList ? value.split(",") : [value]) query.append(name, part.trim());
  }
  const headers = Object.fromEntries(given.filter((value) => value.in === "header").map(({ name, value }) => [name, value]));
  if (body) headers["Content-Type"] = body.type;
  return { method: operation.method, url: server + path + (query.size ? `?${query}` : ""), headers, body: body?.content ?? null };
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Return the call as a curl command; the token stands in it as $TOKEN. */
export function curlOf(call, { isSignedIn }) {
  const parts = [`curl ${call.method === "GET" ? "" : `-X ${call.method} `}${quoted(location.origin + call.url)}`];
  if (isSignedIn) parts.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(call.headers)) if (name !== "Authorization") parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (typeof call.body === "string" && call.body) parts.push(`--data-binary ${quoted(call.body)}`);
  else if (call.body) parts.push("--data-binary @FILE");
  return parts.join(" \\\n  ");
}

/**
 * Send the call and show its answer in `place` as it comes.
 * @param {Call} call
 * @param {{ status: HTMLElement, place: HTMLElement, signal: AbortSignal }} target
 */
export async function send(call, { status, place, signal }) {
  const startedAt = performance.now();
  const elapsed = () => `${Math.round(performance.now() - startedAt)} ms`;
  status.textContent = "Waiting for the answer …";
  place.replaceChildren();
  try {
    const { method, url, headers, body } = call;
    const response = await fetch(url, { method, headers, body, signal, cache: "no-store" });
    status.textContent = `Answer: ${response.status} ${response.statusText} after ${elapsed()}`;
    status.classList.toggle("fault", !response.ok);
    place.append(headerList(response));
    await showBody(response, place);
  } catch (error) {
    const isStopped = signal.aborted;
    status.classList.toggle("fault", !isStopped);
    status.textContent = isStopped ? `Stopped after ${elapsed()}` : "No answer: the server cannot be reached.";
  }
}

function headerList(response) {
  const shown = SHOWN_HEADERS.filter((name) => response.headers.has(name));
  return element("p", { class: "headers" }, ...shown.flatMap((name) => [element("code", {}, `${name}: ${response.headers.get(name)}`), element("br")]));
}

const textBlock = (label) => element("pre", { class: "answer", tabindex: 0, role: "region", "aria-label": label });

async function showBody(response, place) {
  const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
  if (/^(image|audio)\//.test(type)) {
    const address = URL.createObjectURL(await response.blob());
    place.append(type.startsWith("image/") ? element("img", { src: address, alt: "The picture of the answer" }) : element("audio", { src: address, controls: true }));
  } else if (type === "text/event-stream") await showStream(response, place);
  else if (/json|^text\/|xml/.test(type)) {
    const text = await response.text();
    const block = textBlock("Body of the answer");
    block.textContent = shortened(/json/.test(type) ? indented(text) : text);
    if (text) place.append(block);
  } else {
    const content = await response.blob();
    if (!content.size) return;
    const address = URL.createObjectURL(content);
    place.append(element("p", {}, element("a", { href: address, download: "answer" }, `Save the answer (${type || "file"}, ${content.size} bytes)`)));
  }
}

async function showStream(response, place) {
  const block = textBlock("Events");
  place.append(block);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) block.textContent = shortened(block.textContent + part.value);
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const shortened = (text) => (text.length > LONGEST_ANSWER ? `${text.slice(0, LONGEST_ANSWER)}\n… (${text.length} characters in all)` : text);
