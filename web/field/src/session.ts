// Signing in and out on a phone. Unsent work is never deleted without consent.
import { api, callApi, store, syncClient } from "./client";
import type { Owner } from "./store";
import { sync } from "./sync";

export { UnsentWork } from "../../sync-client/src/index";

export async function restoreSession(): Promise<void> {
  const owner = await store.readValue<Owner>("session");
  api.account = owner?.account ?? null;
}

/** Sign in. The unsent work of another worker is deleted, but not before the server accepted the password. */
export const signIn = (username: string, password: string, discard: boolean): Promise<void> =>
  syncClient.signIn(username, password, discard);

/** Send what waits, sign out, clear the store. Without a response nothing is cleared. */
export const signOut = (discard: boolean): Promise<void> => syncClient.signOut(discard, sync.additionalSenders);

export async function changePassword(current: string, next: string): Promise<void> {
  await callApi(() => api.client.POST("/api/v1/me/password", { body: { current, new: next, keep_tokens: false } }));
  await store.writeValue("password_first", null);
  sync.requestRound();
}
