// The state that all pages show, read from the local store and updated when the store changes.
import { liveQuery } from "dexie";
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { store } from "../client";
import type { Owner } from "../store";
import { type StoredState, SENT_PHOTOS_KEY, type WorkerState, workerState } from "../worker-state";

export const WorkerStateContext = createContext<WorkerState | null>(null);

export function useWorkerState(): WorkerState {
  return useContext(WorkerStateContext)!;
}

// What the pages show of what a phone holds; homes and people are read only for the pages that show them.
const ENTITIES = "profile unit area account worker responsibility duty dead_letter incident assignment offer incident_note sos".split(" ");
const HOME_ENTITIES = "premises household resident care_tag visit day_plan".split(" ");

/** One state of all of it: read apart, what was just sent would be in neither rows nor queue, or in both. */
function readStoredState(withHomes: boolean): Promise<StoredState> {
  const parts = [store.row, store.queue, store.dead, store.why, store.photo, store.held];
  return store.transaction("r", parts, async () => ({
    rows: await store.row.where("entity").anyOf(withHomes ? [...ENTITIES, ...HOME_ENTITIES] : ENTITIES).toArray(),
    queue: await store.queue.orderBy("device_seq").toArray(),
    dead: await store.dead.toArray(),
    why: await store.why.toArray(),
    photos: await store.photo.toArray(),
    sent: (await store.readValue<StoredState["sent"]>(SENT_PHOTOS_KEY)) ?? [],
    owner: await store.readValue<Owner>("session"),
    passwordFirst: (await store.readValue("password_first")) !== null,
    pulledAt: await store.readValue<string>("pulled_at"),
    skewMs: (await store.readValue<number>("skew_ms")) ?? 0,
    withHomes,
  }));
}

/** Everything the worker sees, again at each change; null until it was read for the first time. */
export function useStoredState(withHomes: boolean): WorkerState | null {
  const [stored, setHeld] = useState<StoredState | null>(null);
  const [, setTick] = useState(0);
  useEffect(() => {
    const watching = liveQuery(() => readStoredState(withHomes)).subscribe(setHeld);
    return () => watching.unsubscribe();
  }, [withHomes]);
  // What ends by the clock alone (offers, duty) is looked at anew now and then.
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), 20000);
    return () => clearInterval(timer);
  }, []);
  // The clock of now and not of the last tick: by an older one, what has just ended would go on.
  return stored === null ? null : workerState(stored, Date.now());
}
