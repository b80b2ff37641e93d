// Signing in and out on a phone. Unsent work is never deleted without consent.
import { Refused, SignedOut, TryLater } from "../../src/api/http";
import { api, callApi, store } from "./client";
import { hasUnsentWork, type Owner, type UnsentCounts } from "./store";
import { push, sync } from "./sync";
import { uuid7 } from "./uuid7";

/** Work of a worker exists only on this phone: send it first, or discard it. */
export class UnsentWork extends Error {
  constructor(
    readonly username: string,
    readonly counts: UnsentCounts,
  ) {
    super(username);
  }
}

export async function restoreSession(): Promise<void> {
  const owner = await store.readValue<Owner>("session");
  api.account = owner?.account ?? null;
}

/** Sign in. The unsent work of another worker is deleted, but not before the server accepted the password. */
export async function signIn(username: string, password: string, discard: boolean): Promise<void> {
  const name = username.toLowerCase();
  const previousOwner = await store.readValue<string>("owner");
  const isOther = previousOwner !== null && previousOwner !== name;
  const unsent = await store.unsentWork();
  if (isOther && !discard && hasUnsentWork(unsent)) throw new UnsentWork(previousOwner, unsent);
  // One key for each installation: the server numbers operations by it.
  const storedKey = isOther ? null : await store.readValue<string>("device_key");
  const key = storedKey ?? uuid7().replace(/-/g, "");
  // Stored before the response, which may be lost: the next attempt uses the same key.
  if (!isOther) await store.writeValue("device_key", key);
  api.account = null;
  const account = await api.signIn(username, password, key);
  await store.startSession({ device_key: key, owner: name, session: { username, account } satisfies Owner }, isOther);
}

/** Send what waits, sign out, clear the store. Without a response nothing is cleared. */
export async function signOut(discard: boolean): Promise<void> {
  if (!discard) {
    if (hasUnsentWork(await store.unsentWork())) await sendAllUnsent();
    const unsent = await store.unsentWork();
    if (hasUnsentWork(unsent)) throw new UnsentWork((await store.readValue<string>("owner")) ?? "", unsent);
  }
  try {
    await api.signOut();
  } catch (error) {
    // The session had ended before.
    if (!(error instanceof SignedOut) && !(error instanceof Refused && error.status === 401)) throw error;
  }
  api.forget();
  await store.startSession({}, true);
}

/** Send everything. What the server does not take now stays in the store. */
async function sendAllUnsent(): Promise<void> {
  for (const send of [push, ...sync.additionalSenders])
    try {
      await send();
    } catch (error) {
      if (!(error instanceof TryLater || error instanceof Refused)) throw error;
    }
}

export async function changePassword(current: string, next: string): Promise<void> {
  await callApi(() => api.client.POST("/api/v1/me/password", { body: { current, new: next, keep_tokens: false } }));
  await store.writeValue("password_first", null);
  sync.requestRound();
}
