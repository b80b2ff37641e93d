// The session and requests to the API. localStorage holds only the language, a random key of this browser, the password
// notice that was read, a pending sign-out, the saved views of the list of cases (case/saved-views.ts), and the columns that
// were chosen for files (exchange/column-mapping.ts).
import { Api, NoAnswer, Refused, type Schemas, SignedOut, TryLater } from "../../src/api/http";
import { interpolate, type Language, pick } from "../../src/i18n";
import { WORDS } from "./words";

export type { Schemas };
export const api = new Api("console");
export const client = api.client;
api.confirmPhoneNumbers = (message) => {
  const language: Language = api.language === "en" ? "en" : "zh-CN";
  return confirm(interpolate(language, pick(language, WORDS.phone_meant), { message }));
};

type ApiRequest<T> = Promise<{ data?: T; error?: unknown; response: Response }>;
let sessionOverListener: () => void = () => undefined;

/** Set the function to call when the server says that the session has ended. */
export function onSessionOver(listener: () => void): void {
  sessionOverListener = listener;
}

/** Return the body of a response. Raises NoAnswer, TryLater, Refused, or SignedOut after calling the listener. */
export async function callApi<T>(request: ApiRequest<T>): Promise<T> {
  try {
    return await api.call(request);
  } catch (error) {
    if (error instanceof SignedOut) sessionOverListener();
    throw error;
  }
}

/** Return in how many ms a request is worth repeating after an error; null if only on demand. */
export function retryDelayMs(error: unknown): number | null {
  if (error instanceof TryLater) return 1000 * Math.min(60, error.seconds ?? 3);
  return error instanceof NoAnswer ? 5_000 : null;
}

/** Request a path that an API response named (`members`), or one of /ogc, which the OpenAPI document does not describe. */
export async function followPath<T>(
  path: string,
  parseAs: "json" | "text" | "blob" | "arrayBuffer" = "json",
): Promise<T> {
  return callApi(client.request("get", path as never, { parseAs } as never) as unknown as ApiRequest<T>);
}

/** Return the random key of this browser, by which the server counts sessions. */
export function deviceKey(): string {
  const stored = localStorage.getItem("gridward-browser");
  if (stored) return stored;
  const generated = randomHex();
  localStorage.setItem("gridward-browser", generated);
  return generated;
}

export async function signIn(username: string, password: string): Promise<void> {
  api.account = null;
  clearSigningOut();
  await api.signIn(username, password, deviceKey());
}

const SIGNING_OUT_KEY = "gridward-leaving";

/** Stored until the server confirms the sign-out: a page that is reloaded before must not let the next person in. */
export const markSigningOut = (): void => localStorage.setItem(SIGNING_OUT_KEY, "1");
export const isSigningOut = (): boolean => localStorage.getItem(SIGNING_OUT_KEY) !== null;
export const clearSigningOut = (): void => localStorage.removeItem(SIGNING_OUT_KEY);

/** End the session here and on the server. Raises the error that prevented it on the server. */
export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } catch (error) {
    if (!(error instanceof SignedOut) && !(error instanceof Refused && error.status === 401)) throw error;
  }
  clearSigningOut();
  api.forget();
}

export const fetchMe = (): Promise<Schemas["MeOut"]> => callApi(client.GET("/api/v1/me"));

/** Return a new Idempotency-Key, for all attempts of one request. */
export const newIdempotencyKey = (): string => randomHex();

const randomHex = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Return the text of an error for the reader: the API's own sentence if there is one. */
export function errorText(error: unknown, language: Language): string {
  if (error instanceof Refused) {
    if (error.problem["code"] === "too_much_to_count") return pick(language, WORDS.too_much);
    const fields = error.problem["errors"];
    const faultTexts = Array.isArray(fields)
      ? (fields as { field?: string; message?: string; detail?: string }[]).map(
          (fault) => `${fault.field ?? ""}: ${fault.message ?? fault.detail ?? ""}`,
        )
      : [];
    return [error.message, ...faultTexts].join(" ");
  }
  if (error instanceof TryLater) return pick(language, WORDS.try_later);
  if (error instanceof NoAnswer) return pick(language, WORDS.no_answer);
  if (error instanceof SignedOut) return pick(language, WORDS.session_over);
  return interpolate(language, pick(language, WORDS.broken), { what: String(error) });
}

// The list is available as GeoJSON too.

export const ACCEPT_JSON = { Accept: "application/json" };
