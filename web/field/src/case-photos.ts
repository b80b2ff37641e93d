// Photos of the cases of open tasks: fetched after a round of synchronisation, so that they are seen without a network.
import { Refused } from "../../src/api/http";
import { LIMITS, type PhotoOfCase, type PhotoSize, planPhotos } from "./case-photo-plan";
import { api, callApi, store, withLock } from "./client";
import type { Incident } from "./incidents";
import { ACCEPTED_STATES, openCaseIds } from "./open-cases";

// Photos that the server did not give; they are not requested again before the app starts anew.
const refusedIds = new Set<string>();

/** Fetch the photos that are missing on the phone, and delete those that are not needed any more. One page of this browser at a time. */
export async function fetchCasePhotos(): Promise<void> {
  await withLock("gridward-case-photos", async () => {
    const owner = await store.currentAccount();
    if (owner === null) return;
    const stored = (await store.casePhoto.toArray()).map(({ id, incident, small, large }) => ({
      id,
      incident,
      small: small?.size ?? 0,
      large: large?.size ?? 0,
    }));
    const { incidents, accepted } = await openCases();
    const plan = planPhotos(incidents, accepted, stored);
    await store.casePhoto.bulkDelete(plan.remove);
    let bytes = stored.reduce((sum, { id, small, large }) => (plan.remove.includes(id) ? sum : sum + small + large), 0);
    for (const photo of plan.fetch) {
      if (bytes >= LIMITS.bytes) return;
      const blob = await fetchPhoto(photo.id, photo.size);
      if (blob === null) continue;
      if (!(await storePhoto(owner, photo, photo.size, blob))) return;
      bytes += blob.size;
    }
  });
}

/** Return a picture of a photo, or null if the server does not give it. Raises NoAnswer and TryLater. */
export async function fetchPhoto(id: string, size: PhotoSize): Promise<Blob | null> {
  if (refusedIds.has(id)) return null;
  try {
    return await callApi(() =>
      api.client.GET("/api/v1/media/{media_id}/thumbnail", {
        params: { path: { media_id: id }, query: { size } },
        parseAs: "blob",
      }),
    );
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refusedIds.add(id);
    return null;
  }
}

/** Return the cases of the worker's open tasks, and the ids of those that are accepted. */
async function openCases(): Promise<{ incidents: Incident[]; accepted: Set<string> }> {
  const assignments = (await store.row.where({ entity: "assignment" }).toArray()).map(({ data }) => data);
  const ids = [...openCaseIds(assignments)];
  const rows = await store.row.bulkGet(ids.map((id): [string, string] => ["incident", id]));
  return {
    incidents: rows.flatMap((row) => (row ? [row.data as unknown as Incident] : [])),
    accepted: openCaseIds(assignments, ACCEPTED_STATES),
  };
}

/** Store a picture. Returns false, and stores nothing, if the worker has signed out or the task has ended meanwhile. */
async function storePhoto(owner: string, photo: PhotoOfCase, size: PhotoSize, blob: Blob): Promise<boolean> {
  return store.transaction("rw", [store.held, store.row, store.casePhoto], async () => {
    if ((await store.currentAccount()) !== owner) return false;
    if ((await store.row.get(["incident", photo.incident])) === undefined) return false;
    const { id, incident, kind } = photo;
    const before = (await store.casePhoto.get(id)) ?? { id, incident, kind, small: null, large: null };
    await store.casePhoto.put({ ...before, [size]: blob });
    return true;
  });
}
