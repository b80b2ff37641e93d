// HTTP as a page in the field has to speak it: time limits, a session that is renewed, answers that may not come.
// The refresh token is in a cookie that this code cannot read, and serves only with a proof by the key of this browser, where it keeps one; the access token is in this object's memory and nowhere else.
import createClient from "openapi-fetch";
import type { components, paths } from "./gridward";
import { proof } from "./proof";

export type Schemas = components["schemas"];
type Problem = { code?: string; detail?: string; [member: string]: unknown };

/** What can come of a request but a good answer. */
export class Failure extends Error {}

/** Nothing, half an answer, or somebody else's came back. Whether the server did it is unknown: ask again, the same way. */
export class NoAnswer extends Failure {}

/** The server is there and cannot now. */
export class TryLater extends Failure {
  constructor(
    readonly code: string,
    readonly seconds: number | null,
  ) {
    super(code);
  }
}

/** A final answer that is an error; `code` is stable, `message` is for people. */
export class Refused extends Failure {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(String(problem.detail ?? problem.code));
  }
  get code(): string {
    return String(this.problem.code);
  }
}

/** The session has ended, here or elsewhere: account disabled, device revoked, signed out, expired. `code`: why, if the server said. */
export class SignedOut extends Failure {
  constructor(readonly code: string | null = null) {
    super(code ?? "signed out");
  }
}

export const TIME_LIMIT_MS = 30_000;

/** Everything of the server's, wherever a proxy has put it: this page stands one folder below. */
export const ROOT = new URL("..", document.baseURI).href.replace(/\/$/, "");

// The session began with a key that this browser no longer has.
const KEY_LOST = new Set(["proof_missing", "proof_key_wrong"]);

export class Api {
  language = "zh-CN";
  /** Whose session it has to be: another page of this browser may have signed in somebody else. */
  account: string | null = null;
  private access: string | null = null;
  private clockAheadMs = 0; // ms by which the server's clock is ahead, once it has refused a proof for that
  private accessExpiresAt = 0; // by this phone's clock; only to renew before it is too late

  constructor(private readonly page: string) {}

  /** Asks whoever writes whether telephone numbers in free text are meant to stand there. */
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

  /** An access token for who sends requests of its own: uploads, tiles. */
  async token(): Promise<string> {
    if (this.access === null || Date.now() > this.accessExpiresAt) await this.renew(this.access);
    return this.access!;
  }

  /** The token was refused: the next one is another. */
  markAccessExpired(): void {
    this.accessExpiresAt = 0;
  }

  private storeTokens(tokens: Schemas["BrowserTokensOut"]): void {
    this.access = tokens.access_token;
    this.accessExpiresAt = Date.now() + (tokens.expires_in - 60) * 1000;
  }

  /** The body of an answer; raises one of the four errors above. */
  async call<T>(request: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
    const { data, error, response } = await request.catch((failure: unknown) => {
      // What the browser says of a body that was cut, came too late or is no JSON.
      throw failure instanceof Failure ? failure : new NoAnswer(`half an answer: ${String(failure)}`);
    });
    if (response.ok) return data as T;
    throw toFailure(response, error);
  }

  /** A request that is refused for nothing but telephone numbers is sent again if they are meant. */
  private async sendConfirmingPhones(request: Request): Promise<Response> {
    const retryRequest = this.confirmPhoneNumbers && request.method !== "GET" ? request.clone() : null;
    const response = await this.sendAuthorized(request);
    if (retryRequest === null || response.status !== 422) return response;
    const { errors } = (await response.clone().json().catch(() => ({}))) as { errors?: { code?: string; message?: string }[] };
    const isAboutPhones = !!errors?.length && errors.every((fault) => fault.code === "holds_phone");
    if (!isAboutPhones || !this.confirmPhoneNumbers!(errors.map((fault) => fault.message).join("\n"))) return response;
    const body: unknown = await retryRequest.json();
    const headers = new Headers(retryRequest.headers);
    if (headers.has("Idempotency-Key")) headers.set("Idempotency-Key", crypto.randomUUID()); // the refusal has the other one
    return this.sendAuthorized(new Request(retryRequest, { headers, body: JSON.stringify({ ...(body as object), allow_phone: true }) }));
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

  /** One page of the browser at a time: a cookie serves once. */
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

  /** A sign-in or refresh with a proof, made anew for the server's clock if this one is wrong. */
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
      // Behind a proxy that does not say how this page was addressed no proof fits: the session begins without a key.
      if (error.code === "proof_invalid" && name === "token") return this.requestTokens(name, body);
      throw error;
    }
  }

  private async requestTokens(name: string, body?: object, proofHeader: string | null = null): Promise<Schemas["BrowserTokensOut"]> {
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

async function fetchWithTimeout(request: Request): Promise<Response> {
  try {
    // No redirects: nothing here redirects, and a captive portal's would look like an answer.
    return await fetch(request, { signal: AbortSignal.timeout(TIME_LIMIT_MS), redirect: "manual", cache: "no-store" });
  } catch (error) {
    throw new NoAnswer(String(error));
  }
}

function toFailure(response: Response, body: unknown): Error {
  const problem = (typeof body === "object" && body !== null ? body : {}) as Problem;
  if (typeof problem.code !== "string") return new NoAnswer(`${response.status} from somebody else`);
  const wait = response.headers.get("Retry-After");
  if (response.status >= 500 || response.status === 429 || wait !== null)
    return new TryLater(problem.code, wait !== null && /^\d+$/.test(wait) ? Number(wait) : null);
  return new Refused(response.status, problem);
}

/** Whose an access token is. Not verified: the server does that; here it only tells two people of one browser apart. */
function accountOfToken(token: string): string {
  const part = token.split(".")[1] ?? "";
  return String((JSON.parse(atob(part.replace(/-/g, "+").replace(/_/g, "/"))) as { sub: string }).sub);
}
