// Her photos of a case that a feedback is to name: those that wait on the phone, and those that were sent and not named yet.
import { store } from "./client";
import { useWorkerState } from "./hooks/use-worker-state";
import type { MediaItem } from "./store";
import { type StoredState, SENT_PHOTOS_KEY, unattachedPhotos } from "./worker-state";
import { type Task } from "./model";

const MAX_REMEMBERED = 200;

/** The server has it: it leaves the phone, and is remembered until something names it. */
export async function markUploaded({ id, incident, kind }: MediaItem): Promise<void> {
  await store.transaction("rw", store.held, store.photo, async () => {
    const photo = await store.photo.get(id);
    if (!photo) return;
    await store.photo.delete(id);
    if (!photo.isNamed) await store.writeValue(SENT_PHOTOS_KEY, [...((await store.readValue<StoredState["sent"]>(SENT_PHOTOS_KEY)) ?? []), { id, incident, kind }].slice(-MAX_REMEMBERED));
  });
}

/** The photos of one kind to name, and what to call when they are named: the next feedback does not name them again. */
export function useUnattachedPhotos(task: Task, kind: string): { ids: string[]; named: () => Promise<void> } {
  const { photos, sent } = useWorkerState();
  const ids = unattachedPhotos(photos, sent, task.incident.id, kind);
  return {
    ids,
    named: () =>
      store.transaction("rw", store.held, store.photo, async () => {
        await store.photo.where("id").anyOf(ids).modify({ isNamed: true });
        await store.writeValue(SENT_PHOTOS_KEY, ((await store.readValue<StoredState["sent"]>(SENT_PHOTOS_KEY)) ?? []).filter(({ id }) => !ids.includes(id)));
      }),
  };
}
