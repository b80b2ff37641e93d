// Her photos of a case that a feedback is to name: those that wait on the phone, and those that were sent and not named yet.
import { store } from "./client";
import { useWork } from "./hooks/use-worker-state";
import type { Photo } from "./store";
import { type Held, SENT, takenOf } from "./worker-state";
import { type Task } from "./model";

const KEPT = 200;

/** The server has it: it leaves the phone, and is remembered until something names it. */
export async function wasSent({ id, incident, kind }: Photo): Promise<void> {
  await store.transaction("rw", store.held, store.photo, async () => {
    const photo = await store.photo.get(id);
    if (!photo) return;
    await store.photo.delete(id);
    if (!photo.isNamed) await store.keep(SENT, [...((await store.take<Held["sent"]>(SENT)) ?? []), { id, incident, kind }].slice(-KEPT));
  });
}

/** The photos of one kind to name, and what to call when they are named: the next feedback does not name them again. */
export function useTaken(task: Task, kind: string): { ids: string[]; named: () => Promise<void> } {
  const { photos, sent } = useWork();
  const ids = takenOf(photos, sent, task.incident.id, kind);
  return {
    ids,
    named: () =>
      store.transaction("rw", store.held, store.photo, async () => {
        await store.photo.where("id").anyOf(ids).modify({ isNamed: true });
        await store.keep(SENT, ((await store.take<Held["sent"]>(SENT)) ?? []).filter(({ id }) => !ids.includes(id)));
      }),
  };
}
