// The session of a device: signing in and out, and requests within it. Unsent work is never deleted without consent.
import { Refused, SignedOut, TryLater } from "./errors.js";
import { hasUnsentWork, type UnsentCounts } from "./protocol.js";
import type { Connection } from "./storage.js";
import type { SyncStore } from "./sync-store.js";
import { uuid7 } from "./uuid7.js";

export const PASSWORD_CHANGE_REQUIRED = "password_change_required";
const OTHER_ACCOUNT = "somebody_else";

/** Work of an account exists only on this device: send it first, or discard it. */
export class UnsentWork extends Error {
  constructor(
    readonly username: string,
    readonly counts: UnsentCounts,
  ) {
    super(username);
  }
}

export class Session {
  constructor(
    private readonly connection: Connection,
    private readonly store: SyncStore,
  ) {}

  /** Return the account of the stored session, and drop the token of another account from memory. */
  async account(): Promise<string> {
    const account = await this.store.currentAccount();
    if (this.connection.account !== account) {
      this.connection.forget();
      this.connection.account = account;
    }
    if (account === null) throw new SignedOut();
    return account;
  }

  /**
   * Send a request in the session of the account that is signed in now; another process of this device may have changed it.
   * When the server has ended the session, synced rows are deleted and SignedOut is thrown.
   */
  async call<T>(request: () => Promise<T>, expectedAccount?: string): Promise<T> {
    const owner = await this.account();
    if (expectedAccount !== undefined && expectedAccount !== owner) throw new TryLater(OTHER_ACCOUNT, null);
    try {
      return await request();
    } catch (error) {
      if (error instanceof Refused && error.code === PASSWORD_CHANGE_REQUIRED) {
        await this.store.storage.writeValue("password_first", true);
        throw new TryLater(error.code, null);
      }
      if (!(error instanceof SignedOut)) throw error;
      const sessionKeys = Object.keys(this.connection.sessionValues?.() ?? {});
      this.connection.forget();
      // No synced rows stay on the device. Unsent operations stay, and are sent when the user signs in again.
      if (await this.store.endSession(owner, error.code === "session_revoked", sessionKeys)) throw error;
      throw new TryLater(OTHER_ACCOUNT, null);
    }
  }

  /** Sign in. The unsent work of another account is deleted, but not before the server accepted the password. */
  async signIn(username: string, password: string, discard: boolean): Promise<void> {
    const { storage } = this.store;
    const name = username.toLowerCase();
    const previousOwner = await storage.readValue<string>("owner");
    const isOther = previousOwner !== null && previousOwner !== name;
    const unsent = await this.store.unsentWork();
    if (isOther && !discard && hasUnsentWork(unsent)) throw new UnsentWork(previousOwner, unsent);
    // One key for each installation: the server numbers operations by it.
    const storedKey = isOther ? null : await storage.readValue<string>("device_key");
    const key = storedKey ?? uuid7().replace(/-/g, "");
    // Stored before the response, which may be lost: the next attempt uses the same key.
    if (!isOther) await storage.writeValue("device_key", key);
    this.connection.account = null;
    const account = await this.connection.signIn(username, password, key);
    const values = this.connection.sessionValues?.() ?? {};
    await this.store.startSession({ device_key: key, owner: name, session: { username, account }, ...values }, isOther);
  }

  /** Send what waits with `senders`, sign out, clear the store. Without a response nothing is cleared. */
  async signOut(discard: boolean, senders: (() => Promise<void>)[]): Promise<void> {
    if (!discard) {
      if (hasUnsentWork(await this.store.unsentWork())) await sendAll(senders);
      const unsent = await this.store.unsentWork();
      if (hasUnsentWork(unsent))
        throw new UnsentWork((await this.store.storage.readValue<string>("owner")) ?? "", unsent);
    }
    try {
      await this.connection.signOut();
    } catch (error) {
      // The session had ended before.
      if (!(error instanceof SignedOut) && !(error instanceof Refused && error.status === 401)) throw error;
    }
    this.connection.forget();
    await this.store.startSession({}, true);
  }
}

/** Send everything. What the server does not take now stays in the store. */
async function sendAll(senders: (() => Promise<void>)[]): Promise<void> {
  for (const send of senders)
    try {
      await send();
    } catch (error) {
      if (!(error instanceof TryLater || error instanceof Refused)) throw error;
    }
}
