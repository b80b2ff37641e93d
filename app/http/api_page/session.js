// Who is signed in. Tokens are kept in memory only: another page, or this one after a reload, knows nothing of them.

const RENEW_BEFORE_MS = 30_000;

export class SignInRefused extends Error {}

export class Session extends EventTarget {
  #api;
  #access = "";
  #refresh = "";
  #expiresAt = 0;
  /** @type {Promise<void> | null} */
  #renewal = null;
  /** @type {Record<string, any> | null} */
  account = null;

  /** @param {string} api the address of the API, such as `/api/v1` */
  constructor(api) {
    super();
    this.#api = api;
  }

  /** Sign in, and read the account. Throws SignInRefused with the server's sentence. */
  async signIn(username, password) {
    this.#keep(await this.#post("/auth/token", { username, password }));
    const response = await fetch(`${this.#api}/me`, { headers: { Authorization: `Bearer ${this.#access}` } });
    if (!response.ok) throw new SignInRefused(await sentenceOf(response));
    this.account = await response.json();
    this.dispatchEvent(new Event("change"));
  }

  /** End the session on the server too; it ends here in any case. */
  async signOut() {
    const headers = { Authorization: `Bearer ${this.#access}` };
    this.#forget();
    await fetch(`${this.#api}/auth/logout`, { method: "POST", headers }).catch(() => null);
  }

  /** Return the Authorization header of the next call, renewed if the token is about to expire; null: not signed in. */
  async authorization() {
    if (!this.account) return null;
    if (Date.now() > this.#expiresAt - RENEW_BEFORE_MS) {
      // One renewal for all calls that wait: each refresh token serves once.
      this.#renewal ??= this.#renew().finally(() => (this.#renewal = null));
      await this.#renewal;
    }
    return this.account ? `Bearer ${this.#access}` : null;
  }

  async #renew() {
    try {
      this.#keep(await this.#post("/auth/refresh", { refresh_token: this.#refresh }));
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      this.#forget();
      this.dispatchEvent(new Event("expired"));
    }
  }

  async #post(path, body) {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(this.#api + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new SignInRefused(await sentenceOf(response));
    return response.json();
  }

  #keep(tokens) {
    this.#access = tokens.access_token;
    this.#refresh = tokens.refresh_token;
    this.#expiresAt = Date.now() + tokens.expires_in * 1000;
  }

  #forget() {
    this.#access = this.#refresh = "";
    this.account = null;
    this.dispatchEvent(new Event("change"));
  }
}

async function sentenceOf(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail ?? `The server answered ${response.status}.`;
}
