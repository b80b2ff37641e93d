// Photos of a case that the next feedback will name: those waiting on the phone, and those uploaded but not named yet.
import { store } from "./client";
import { useWorkerState } from "./hooks/use-worker-state";
import type { Task } from "./tasks";
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

/** Return the ids of one kind of photos to name, and a function that marks them as named. */
export function useUnattachedPhotos(task: Task, kind: string): { ids: string[]; markNamed: () => Promise<void> } {
  const { photos, sent } = useWorkerState();
  const ids = unattachedPhotos(photos, sent, task.incident.id, kind);
  return {
    ids,
    markNamed: () =>
      store.transaction("rw", store.held, store.photo, async () => {
        await store.photo.where("id").anyOf(ids).modify({ isNamed: true });
        await store.writeValue(
          SENT_PHOTOS_KEY,
          ((await store.readValue<SentPhoto[]>(SENT_PHOTOS_KEY)) ?? []).filter(({ id }) => !ids.includes(id)),
        );
      }),
  };
}
