// A connection with bearer tokens, for programs that are no page of the server: Node, desktop and native shells. The refresh
// token is in the storage, where all processes of the device find it, as it serves once.
import { Failure, NoAnswer, Refused, SignedOut, toFailure } from "./errors.js";
import { accountOfToken, fetchWithTimeout } from "./http.js";
import { type Connection, type Lock, processLock, type SyncStorage } from "./storage.js";

type Tokens = { access_token: string; refresh_token: string };

export type TokenConnectionOptions = {
  /** Root of the server, such as https://gridward.example */
  url: string;
  storage: SyncStorage;
  language?: string;
  lock?: Lock;
};

export class TokenConnection implements Connection {
  account: string | null = null;
  private tokens: Tokens | null = null;
  private readonly root: string;
  private readonly lock: Lock;

  constructor(private readonly options: TokenConnectionOptions) {
    this.root = `${options.url.replace(/\/$/, "")}/api/v1`;
    this.lock = options.lock ?? processLock();
  }

  async signIn(username: string, password: string, deviceKey: string): Promise<string> {
    this.tokens = await this.send<Tokens>("POST", "/auth/token", { username, password, device_id: deviceKey });
    return (this.account = accountOfToken(this.tokens.access_token));
  }

  async signOut(): Promise<void> {
    await this.post("/auth/logout");
    this.forget();
  }

  forget(): void {
    this.tokens = this.account = null;
  }

  sessionValues(): Record<string, unknown> {
    return { tokens: this.tokens };
  }

  get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
    const search = new URLSearchParams(query).toString();
    return this.call("GET", search ? `${path}?${search}` : path);
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.call("POST", path, body);
  }

  /** Send a request in the session. An access token that expired is renewed once. */
  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const sentWith = (this.tokens ??= await this.storedTokens());
    try {
      return await this.send<T>(method, path, body, sentWith.access_token);
    } catch (error) {
      if (!(error instanceof Refused && error.status === 401)) throw error;
    }
    const renewed = await this.renew(sentWith);
    try {
      return await this.send<T>(method, path, body, renewed.access_token);
    } catch (error) {
      throw error instanceof Refused && error.status === 401 ? new SignedOut(error.code) : error;
    }
  }

  private async storedTokens(): Promise<Tokens> {
    const tokens = await this.options.storage.readValue<Tokens>("tokens");
    if (tokens === null) throw new SignedOut();
    return tokens;
  }

  /** Exchange the refresh token. When the answer is lost, the next attempt with the same token brings the same successor. */
  private renew(expired: Tokens): Promise<Tokens> {
    return this.lock("gridward-renew", async () => {
      const stored = await this.storedTokens();
      if (stored.access_token !== expired.access_token) return (this.tokens = stored); // another process was faster
      try {
        const tokens = await this.send<Tokens>("POST", "/auth/refresh", { refresh_token: stored.refresh_token });
        if (this.account !== null && accountOfToken(tokens.access_token) !== this.account) throw new SignedOut();
        await this.options.storage.writeValue("tokens", tokens);
        return (this.tokens = tokens);
      } catch (error) {
        throw error instanceof Refused && error.status === 401 ? new SignedOut(error.code) : error;
      }
    });
  }

  private async send<T>(method: string, path: string, body?: unknown, accessToken?: string): Promise<T> {
    const headers: Record<string, string> = { "Accept-Language": this.options.language ?? "en" };
    if (accessToken !== undefined) headers["Authorization"] = `Bearer ${accessToken}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetchWithTimeout(
      new Request(this.root + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) }),
    );
    if (response.status === 204) return undefined as T;
    const payload: unknown = await response.json().catch((error: unknown) => {
      throw error instanceof Failure ? error : new NoAnswer("half an answer, or not from the API");
    });
    if (!response.ok) throw toFailure(response, payload);
    return payload as T;
  }
}
