// HTTP client for pages that are used in the field: time limits, renewal of the session, lost responses. The refresh token
// is in an HttpOnly cookie; where the browser keeps a key, it is valid only with a proof signed by that key. The access
// token is only in the memory of `Api`.
import createClient from "openapi-fetch";
import { Failure, NoAnswer, Refused, SignedOut, toFailure, TryLater } from "../../sync-client/src/errors";
import { accountOfToken, fetchWithTimeout, TIME_LIMIT_MS } from "../../sync-client/src/http";
import type { Connection } from "../../sync-client/src/storage";
import type { components, paths } from "./gridward";
import { proof } from "./proof";

export type Schemas = components["schemas"];
export { Failure, NoAnswer, Refused, SignedOut, TIME_LIMIT_MS, TryLater };

/** Root URL of the server, also behind a proxy with a path prefix: the page is served one folder below it. */
export const ROOT = new URL("..", document.baseURI).href.replace(/\/$/, "");

// The session was started with a key that this browser no longer has.
const KEY_LOST = new Set(["proof_missing", "proof_key_wrong"]);

export class Api implements Connection {
  language = "zh-CN";
  /** Account that the session must belong to: another page of this browser may have signed in somebody else. */
  account: string | null = null;
  private access: string | null = null;
  private clockAheadMs = 0; // ms by which the server's clock is ahead; set after the server refused a proof as stale
  private accessExpiresAt = 0; // by the clock of this device; used only to renew the token in time

  constructor(private readonly page: string) {}

  /** Asks the user whether telephone numbers in free text are intended. */
  confirmPhoneNumbers: ((message: string) => boolean) | null = null;

  readonly client = createClient<paths>({ baseUrl: ROOT, fetch: (request) => this.sendConfirmingPhones(request) });

  async signIn(username: string, password: string, deviceKey: string): Promise<string> {
    const tokens = await this.requestTokensWithProof("token", { username, password, device_id: deviceKey });
    this.storeTokens(tokens);
    return (this.account = accountOfToken(tokens.access_token));
  }

  async signOut(): Promise<void> {
    await this.requestTokens("logout");
    this.forget();
  }

  forget(): void {
    this.access = this.account = null;
  }

  /** Return a valid access token for requests that are not sent through `client`: uploads, tiles. */
  async token(): Promise<string> {
    if (this.access === null || Date.now() > this.accessExpiresAt) await this.renew(this.access);
    return this.access!;
  }

  /** Record that the server refused the access token, so that the next `token()` renews it. */
  markAccessExpired(): void {
    this.accessExpiresAt = 0;
  }

  private storeTokens(tokens: Schemas["BrowserTokensOut"]): void {
    this.access = tokens.access_token;
    this.accessExpiresAt = Date.now() + (tokens.expires_in - 60) * 1000;
  }

  /** Return the body of a response. Raises NoAnswer, TryLater, Refused or SignedOut. */
  async call<T>(request: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
    const { data, error, response } = await request.catch((failure: unknown) => {
      // The browser rejects when the body was cut off, timed out or is not JSON.
      throw failure instanceof Failure ? failure : new NoAnswer(`half an answer: ${String(failure)}`);
    });
    if (response.ok) return data as T;
    throw toFailure(response, error);
  }

  get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
    return this.call<T>(this.client.request("get", `/api/v1${path}` as never, { params: { query } } as never));
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.call<T>(this.client.request("post", `/api/v1${path}` as never, { body } as never));
  }

  /** Send a request. If it is refused only because of telephone numbers, ask the user and send it again with `allow_phone`. */
  private async sendConfirmingPhones(request: Request): Promise<Response> {
    const retryRequest = this.confirmPhoneNumbers && request.method !== "GET" ? request.clone() : null;
    const response = await this.sendAuthorized(request);
    if (retryRequest === null || response.status !== 422) return response;
    const { errors } = (await response
      .clone()
      .json()
      .catch(() => ({}))) as { errors?: { code?: string; message?: string }[] };
    const isAboutPhones = !!errors?.length && errors.every((fault) => fault.code === "holds_phone");
    if (!isAboutPhones || !this.confirmPhoneNumbers!(errors.map((fault) => fault.message).join("\n"))) return response;
    const body: unknown = await retryRequest.json();
    const headers = new Headers(retryRequest.headers);
    if (headers.has("Idempotency-Key")) headers.set("Idempotency-Key", crypto.randomUUID()); // the first key is bound to the refusal
    return this.sendAuthorized(
      new Request(retryRequest, { headers, body: JSON.stringify({ ...(body as object), allow_phone: true }) }),
    );
  }

  private async sendAuthorized(request: Request): Promise<Response> {
    if (this.access === null) await this.renew(null);
    const retryRequest = request.clone();
    const sentWith = this.access;
    const first = await this.send(request);
    if (first.status !== 401) return first;
    if (this.access === sentWith) await this.renew(sentWith);
    const second = await this.send(retryRequest);
    if (second.status === 401) throw new SignedOut();
    return second;
  }

  private async send(request: Request): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set("Authorization", `Bearer ${this.access}`);
    headers.set("Accept-Language", this.language);
    return fetchWithTimeout(new Request(request, { headers }));
  }

  /** Renew the access token, one page of the browser at a time: the server accepts each refresh cookie once. */
  private async renew(expiredToken: string | null): Promise<void> {
    const exchange = async () => {
      if (this.access !== expiredToken) return;
      try {
        const tokens = await this.requestTokensWithProof("refresh");
        if (this.account !== null && accountOfToken(tokens.access_token) !== this.account) throw new SignedOut();
        this.storeTokens(tokens);
      } catch (error) {
        const isOver = error instanceof Refused && (error.status === 401 || KEY_LOST.has(error.code));
        throw isOver ? new SignedOut(error.code) : error;
      }
    };
    if (navigator.locks) await navigator.locks.request("gridward-renew", exchange);
    else await exchange();
  }

  /** Request tokens with a proof. If the proof is stale, correct for the server's clock and try once more. */
  private async requestTokensWithProof(name: "token" | "refresh", body?: object): Promise<Schemas["BrowserTokensOut"]> {
    const requestWithProof = async () => this.requestTokens(name, body, await proof(authUrl(name), this.clockAheadMs));
    try {
      return await requestWithProof();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code === "proof_stale") {
        this.clockAheadMs = Date.parse(String(error.problem["server_time"])) - Date.now();
        return requestWithProof();
      }
      // If a proxy hides the address of this page, no proof can match; the session then starts without a key.
      if (error.code === "proof_invalid" && name === "token") return this.requestTokens(name, body);
      throw error;
    }
  }

  private async requestTokens(
    name: string,
    body?: object,
    proofHeader: string | null = null,
  ): Promise<Schemas["BrowserTokensOut"]> {
    const headers: Record<string, string> = { "X-Gridward-Page": this.page, "Accept-Language": this.language };
    if (body) headers["Content-Type"] = "application/json";
    if (proofHeader !== null) headers["DPoP"] = proofHeader;
    const response = await fetchWithTimeout(
      new Request(authUrl(name), {
        method: "POST",
        headers,
        body: body ? JSON.stringify(body) : null,
        credentials: "same-origin",
      }),
    );
    if (response.status === 204) return { access_token: "", expires_in: 0, token_type: "" };
    const payload: unknown = await response.json().catch(() => {
      throw new NoAnswer("half an answer");
    });
    if (!response.ok) throw toFailure(response, payload);
    return payload as Schemas["BrowserTokensOut"];
  }
}

const authUrl = (name: string) => `${ROOT}/api/v1/auth/browser/${name}`;
