// The local store and the API client, and requests within the session of the worker who is signed in on this phone.
import { Api, Refused, SignedOut, TryLater } from "../../src/api/http";
import { Store } from "./store";

export const PASSWORD_CHANGE_REQUIRED = "password_change_required";
const OTHER_ACCOUNT = "somebody_else";

export const store = new Store();

export const api = new Api("field");

/** Send a request in the session of the worker who is signed in now; another page of this browser may have changed it. */
export async function callApi<T>(request: () => Promise<{ data?: T; error?: unknown; response: Response }>, expectedAccount?: string): Promise<T> {
  const owner = await sessionAccount();
  if (expectedAccount !== undefined && expectedAccount !== owner) throw new TryLater(OTHER_ACCOUNT, null);
  try {
    return await api.call(request());
  } catch (error) {
    if (error instanceof Refused && error.code === PASSWORD_CHANGE_REQUIRED) {
      await store.writeValue("password_first", true);
      throw new TryLater(error.code, null);
    }
    if (!(error instanceof SignedOut)) throw error;
    api.forget();
    // No synced rows stay on the phone. Unsent operations stay, and are sent when the worker signs in again.
    if (await store.endSession(owner, error.code === "session_revoked")) throw error;
    throw new TryLater(OTHER_ACCOUNT, null);
  }
}

/** Return the account of the stored session, and drop the token of another account from memory. */
export async function sessionAccount(): Promise<string> {
  const account = await store.currentAccount();
  if (api.account !== account) {
    api.forget();
    api.account = account;
  }
  if (account === null) throw new SignedOut();
  return account;
}

export async function withLock(name: string, action: () => Promise<void>): Promise<void> {
  if (navigator.locks) await navigator.locks.request(name, action);
  else await action();
}
