// One phone: what the worker does goes into the queue, `sync` sends it and fetches what others did. The contract is docs/mobile.md.
import { Refused, SignedOut, TryLater } from "../../src/api/http";
import { api, callApi, store } from "./client";
import { hasUnsentWork, type Owner, type UnsentCounts } from "./store";
import { push, sync } from "./sync";
import { uuid7 } from "./uuid7";

/** Somebody's work is on this phone only: send it first, or say that it is to be discarded. */
export class UnsentWork extends Error {
  constructor(
    readonly username: string,
    readonly stake: UnsentCounts,
  ) {
    super(username);
  }
}

export async function restoreSession(): Promise<void> {
  const owner = await store.readValue<Owner>("session");
  api.account = owner?.account ?? null;
}

/** Sign in. The queue of somebody else is neither sent nor shown: it goes, but not before the password has proved to be right. */
export async function signIn(username: string, password: string, discard: boolean): Promise<void> {
  const name = username.toLowerCase();
  const previousOwner = await store.readValue<string>("owner");
  const isOther = previousOwner !== null && previousOwner !== name;
  const stake = await store.unsentWork();
  if (isOther && !discard && hasUnsentWork(stake)) throw new UnsentWork(previousOwner, stake);
  // One key for each installation: the server numbers operations by it.
  const storedKey = isOther ? null : await store.readValue<string>("device_key");
  const key = storedKey ?? uuid7().replace(/-/g, "");
  // Before the answer, which may be lost: the next attempt is the same installation's.
  if (!isOther) await store.writeValue("device_key", key);
  api.account = null;
  const account = await api.signIn(username, password, key);
  await store.startSession({ device_key: key, owner: name, session: { username, account } satisfies Owner }, isOther);
}

/** Send what waits, sign out, wipe everything. Without an answer nothing is wiped. */
export async function signOut(discard: boolean): Promise<void> {
  if (!discard) {
    if (hasUnsentWork(await store.unsentWork())) await sendAllUnsent();
    const stake = await store.unsentWork();
    if (hasUnsentWork(stake)) throw new UnsentWork((await store.readValue<string>("owner")) ?? "", stake);
  }
  try {
    await api.signOut();
  } catch (error) {
    // Ended already.
    if (!(error instanceof SignedOut) && !(error instanceof Refused && error.status === 401)) throw error;
  }
  api.forget();
  await store.startSession({}, true);
}

/** What the server does not take now stays, and is told of. */
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
