// Photos of a case that the next feedback will name: those waiting on the phone, and those uploaded but not named yet.
import { store } from "./client";
import { untilStored } from "./media-storing";
import type { MediaItem } from "./store";
import { SENT_PHOTOS_KEY, type SentPhoto, unattachedPhotos } from "./feedback-photos";

const MAX_REMEMBERED = 200;

/** Delete an uploaded photo from the phone, and remember its id until a feedback names it. */
export async function markUploaded({ id, incident, kind }: MediaItem): Promise<void> {
  await store.transaction("rw", store.held, store.photo, async () => {
    const photo = await store.photo.get(id);
    if (!photo) return;
    await store.photo.delete(id);
    if (!photo.isNamed)
      await store.writeValue(
        SENT_PHOTOS_KEY,
        [...((await store.readValue<SentPhoto[]>(SENT_PHOTOS_KEY)) ?? []), { id, incident, kind }].slice(
          -MAX_REMEMBERED,
        ),
      );
  });
}

/** Wait until the photos of a case are stored, and return the ids of those of one kind that a step is to name. */
export async function readUnattachedPhotos(incident: string, kind: string): Promise<string[]> {
  await untilStored(incident);
  return store.transaction("r", store.held, store.photo, async () =>
    unattachedPhotos(
      await store.photo.where("incident").equals(incident).toArray(),
      (await store.readValue<SentPhoto[]>(SENT_PHOTOS_KEY)) ?? [],
      incident,
      kind,
    ),
  );
}

/** Remember that a step has named these photos. */
export function markNamed(ids: string[]): Promise<void> {
  return store.transaction("rw", store.held, store.photo, async () => {
    await store.photo.where("id").anyOf(ids).modify({ isNamed: true });
    await store.writeValue(
      SENT_PHOTOS_KEY,
      ((await store.readValue<SentPhoto[]>(SENT_PHOTOS_KEY)) ?? []).filter(({ id }) => !ids.includes(id)),
    );
  });
}
