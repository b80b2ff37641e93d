// The local store, the API client and the sync client, and requests within the session of the worker who is signed in on this phone.
import { Api } from "../../src/api/http";
import { type Lock, type OperationRequest, type Row, SyncClient } from "../../sync-client/src/index";
import { IndexedDbStorage } from "../../sync-client/src/indexeddb";
import { type IncidentSnapshot, Store } from "./store";

export const store = new Store();

export const api = new Api("field");

export const withLock: Lock = async (name, action) =>
  navigator.locks ? navigator.locks.request(name, action) : action();

export const syncClient = new SyncClient({
  storage: new IndexedDbStorage(store),
  connection: api,
  lock: withLock,
  extension: store.extension,
  about: incidentSnapshot,
});

/** Send a request in the session of the worker who is signed in now; another page of this browser may have changed it. */
export function callApi<T>(
  request: () => Promise<{ data?: T; error?: unknown; response: Response }>,
  expectedAccount?: string,
): Promise<T> {
  return syncClient.session.call(() => api.call(request()), expectedAccount);
}

const SNAPSHOT_FIELDS = ["status", "category", "description", "due_at"];

/** Return the case that an operation on it, or on its assignment, is about, as it is on the phone now. */
async function incidentSnapshot(
  { entity, op, id }: OperationRequest & { id: string },
  ownRow: Row | undefined,
): Promise<IncidentSnapshot | undefined> {
  if (op === "report" || (entity !== "incident" && entity !== "assignment")) return undefined;
  const incident = entity === "incident" ? id : String(ownRow?.data["incident_id"] ?? "");
  const row = await store.row.get(["incident", incident]);
  return row && { incident, saw: Object.fromEntries(SNAPSHOT_FIELDS.map((name) => [name, row.data[name] ?? null])) };
}
