// One phone: what the worker does goes into the queue, `sync` sends it and fetches what others did. The contract is docs/mobile.md.
import { Refused, SignedOut, TryLater } from "../../src/api/http";
import { api, callApi, store } from "./client";
import { isSome, type Owner, type Stake } from "./store";
import { push, sync } from "./sync";
import { uuid7 } from "./uuid7";

/** Somebody's work is on this phone only: send it first, or say that it is to be discarded. */
export class UnsentWork extends Error {
  constructor(
    readonly username: string,
    readonly stake: Stake,
  ) {
    super(username);
  }
}

export async function begin(): Promise<void> {
  const owner = await store.take<Owner>("session");
  api.account = owner?.account ?? null;
}

/** Sign in. The queue of somebody else is neither sent nor shown: it goes, but not before the password has proved to be right. */
export async function signIn(username: string, password: string, discard: boolean): Promise<void> {
  const name = username.toLowerCase();
  const before = await store.take<string>("owner");
  const isOther = before !== null && before !== name;
  const stake = await store.stake();
  if (isOther && !discard && isSome(stake)) throw new UnsentWork(before, stake);
  // One key for each installation: the server numbers operations by it.
  const kept = isOther ? null : await store.take<string>("device_key");
  const key = kept ?? uuid7().replace(/-/g, "");
  // Before the answer, which may be lost: the next attempt is the same installation's.
  if (!isOther) await store.keep("device_key", key);
  api.account = null;
  const account = await api.signIn(username, password, key);
  await store.settleIn({ device_key: key, owner: name, session: { username, account } satisfies Owner }, isOther);
}

/** Send what waits, sign out, wipe everything. Without an answer nothing is wiped. */
export async function signOut(discard: boolean): Promise<void> {
  if (!discard) {
    if (isSome(await store.stake())) await sendAll();
    const stake = await store.stake();
    if (isSome(stake)) throw new UnsentWork((await store.take<string>("owner")) ?? "", stake);
  }
  try {
    await api.signOut();
  } catch (error) {
    // Ended already.
    if (!(error instanceof SignedOut) && !(error instanceof Refused && error.status === 401)) throw error;
  }
  api.forget();
  await store.settleIn({}, true);
}

/** What the server does not take now stays, and is told of. */
async function sendAll(): Promise<void> {
  for (const send of [push, ...sync.beside])
    try {
      await send();
    } catch (error) {
      if (!(error instanceof TryLater || error instanceof Refused)) throw error;
    }
}

export async function changePassword(current: string, next: string): Promise<void> {
  await callApi(() => api.client.POST("/api/v1/me/password", { body: { current, new: next, keep_tokens: false } }));
  await store.keep("password_first", null);
  sync.now();
}
