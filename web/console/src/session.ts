// Who is signed in, and asking the API. Nothing is kept but the language, a random key of this browser, and that somebody is signing out.
import { Api, NoAnswer, Refused, type Schemas, SignedOut, TryLater } from "../../src/api/http";
import { filled, type Language, pick } from "../../src/i18n";
import { WORDS } from "./words";

export type { Schemas };
export const api = new Api("console");
export const client = api.client;
api.asksAboutPhones = (message) => confirm(filled(pick(api.language === "en" ? "en" : "zh-CN", WORDS.phone_meant), { message }));

type Asked<T> = Promise<{ data?: T; error?: unknown; response: Response }>;
let whenOver: () => void = () => undefined;

/** What to do when the server says that the session has ended. */
export function onSessionOver(act: () => void): void {
  whenOver = act;
}

/** The body of an answer. Raises NoAnswer, TryLater, Refused; SignedOut after the page was told. */
export async function load<T>(asked: Asked<T>): Promise<T> {
  try {
    return await api.call(asked);
  } catch (error) {
    if (error instanceof SignedOut) whenOver();
    throw error;
  }
}

/** In how many milliseconds it is worth asking again after an error; null: only when somebody says so. */
export function pauseAfter(error: unknown): number | null {
  if (error instanceof TryLater) return 1000 * Math.min(60, error.seconds ?? 3);
  return error instanceof NoAnswer ? 5_000 : null;
}

/** A path of the API as another answer named it (`members`), or of /ogc, which the document does not describe. */
export async function follow<T>(path: string, parseAs: "json" | "text" | "blob" | "arrayBuffer" = "json"): Promise<T> {
  return load(client.request("get", path as never, { parseAs } as never) as unknown as Asked<T>);
}

/** Of this browser; the server counts sessions by it. */
function browserKey(): string {
  const kept = localStorage.getItem("gridward-browser");
  if (kept) return kept;
  const made = chance();
  localStorage.setItem("gridward-browser", made);
  return made;
}

export async function signIn(username: string, password: string): Promise<void> {
  api.account = null;
  stay();
  await api.signIn(username, password, browserKey());
}

const LEAVING = "gridward-leaving";

/** Kept until the server has heard it: a page that is loaded anew before that must not let the next person in. */
export const beginLeaving = (): void => localStorage.setItem(LEAVING, "1");
export const isLeaving = (): boolean => localStorage.getItem(LEAVING) !== null;
export const stay = (): void => localStorage.removeItem(LEAVING);

/** The session is over, here and at the server. Raises what kept the server from hearing it. */
export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } catch (error) {
    if (!(error instanceof SignedOut) && !(error instanceof Refused && error.status === 401)) throw error;
  }
  stay();
  api.forget();
}

export const me = (): Promise<Schemas["MeOut"]> => load(client.GET("/api/v1/me"));

/** One key for one act, however often it is sent. */
export const actKey = (): string => chance();

const chance = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** An error in words of the reader: the API's own sentence where there is one. */
export function inWords(error: unknown, language: Language): string {
  if (error instanceof Refused) {
    const fields = error.problem["errors"];
    const more = Array.isArray(fields)
      ? (fields as { field?: string; message?: string; detail?: string }[]).map((one) => `${one.field ?? ""}: ${one.message ?? one.detail ?? ""}`)
      : [];
    return [error.message, ...more].join(" ");
  }
  if (error instanceof TryLater) return pick(language, WORDS.try_later);
  if (error instanceof NoAnswer) return pick(language, WORDS.no_answer);
  if (error instanceof SignedOut) return pick(language, WORDS.session_over);
  return filled(pick(language, WORDS.broken), { what: String(error) });
}

// The list comes as GeoJSON too.

export const PLAIN = { Accept: "application/json" };
