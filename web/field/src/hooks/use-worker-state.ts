// The state that all pages show, read from the local store and updated when the store changes.
import { liveQuery } from "dexie";
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { store } from "../client";
import { SENT_PHOTOS_KEY, type SentPhoto } from "../feedback-photos";
import type { Owner } from "../store";
import { TELL_WARNINGS_KEY, type TellWarning } from "../tell-warnings";
import { type StoredState, type WorkerState, workerState } from "../worker-state";

export const WorkerStateContext = createContext<WorkerState | null>(null);

export function useWorkerState(): WorkerState {
  return useContext(WorkerStateContext)!;
}

// Entities that all pages need. Homes and residents are read only for the pages that show them.
const ENTITIES =
  "profile unit area account worker responsibility duty dead_letter incident assignment offer incident_note sos".split(
    " ",
  );
const HOME_ENTITIES = "premises household resident care_tag visit day_plan notice notice_task".split(" ");

/**
 * Read everything in one transaction: in separate reads, an operation that was just sent could be in neither rows nor
 * queue, or in both.
 */
function readStoredState(withHomes: boolean): Promise<StoredState> {
  const parts = [store.row, store.queue, store.dead, store.why, store.photo, store.held];
  return store.transaction("r", parts, async () => ({
    rows: await store.row
      .where("entity")
      .anyOf(withHomes ? [...ENTITIES, ...HOME_ENTITIES] : ENTITIES)
      .toArray(),
    queue: await store.queue.orderBy("device_seq").toArray(),
    dead: await store.dead.toArray(),
    why: await store.why.toArray(),
    photos: await store.photo.toArray(),
    sent: (await store.readValue<SentPhoto[]>(SENT_PHOTOS_KEY)) ?? [],
    owner: await store.readValue<Owner>("session"),
    passwordFirst: (await store.readValue("password_first")) !== null,
    pulledAt: await store.readValue<string>("pulled_at"),
    skewMs: (await store.readValue<number>("skew_ms")) ?? 0,
    tellWarnings: (await store.readValue<TellWarning[]>(TELL_WARNINGS_KEY)) ?? [],
    withHomes,
  }));
}

/** Return the state that the worker sees, updated at each change of the store; null until the first read. */
export function useStoredState(withHomes: boolean): WorkerState | null {
  const [stored, setStored] = useState<StoredState | null>(null);
  const [, setTick] = useState(0);
  useEffect(() => {
    const watching = liveQuery(() => readStoredState(withHomes)).subscribe(setStored);
    return () => watching.unsubscribe();
  }, [withHomes]);
  // Offers and duty also end without a change of the store.
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), 20_000);
    return () => clearInterval(timer);
  }, []);
  // Use the current time and not that of the last tick, or an offer that has just ended would still be open.
  return stored === null ? null : workerState(stored, Date.now());
}
