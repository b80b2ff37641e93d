// The state that all pages show, read from the local store and updated when the store changes.
import { liveQuery } from "dexie";
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { store } from "../client";
import type { Owner } from "../store";
import { type Held, SENT, type Work, work } from "../worker-state";

export const WorkContext = createContext<Work | null>(null);

export function useWork(): Work {
  return useContext(WorkContext)!;
}

// What the pages show of what a phone holds; homes and people are read only for the pages that show them.
const SHOWN = "profile unit area account worker responsibility duty dead_letter incident assignment offer incident_note sos".split(" ");
const HOMES = "premises household resident care_tag visit day_plan".split(" ");

/** One state of all of it: read apart, what was just sent would be in neither rows nor queue, or in both. */
function readHeld(withHomes: boolean): Promise<Held> {
  const parts = [store.row, store.queue, store.dead, store.why, store.photo, store.held];
  return store.transaction("r", parts, async () => ({
    rows: await store.row.where("entity").anyOf(withHomes ? [...SHOWN, ...HOMES] : SHOWN).toArray(),
    queue: await store.queue.orderBy("device_seq").toArray(),
    dead: await store.dead.toArray(),
    why: await store.why.toArray(),
    photos: await store.photo.toArray(),
    sent: (await store.take<Held["sent"]>(SENT)) ?? [],
    owner: await store.take<Owner>("session"),
    passwordFirst: (await store.take("password_first")) !== null,
    pulledAt: await store.take<string>("pulled_at"),
    skewMs: (await store.take<number>("skew_ms")) ?? 0,
    withHomes,
  }));
}

/** Everything the worker sees, again at each change; null until it was read for the first time. */
export function useHeld(withHomes: boolean): Work | null {
  const [held, setHeld] = useState<Held | null>(null);
  const [, setTick] = useState(0);
  useEffect(() => {
    const watching = liveQuery(() => readHeld(withHomes)).subscribe(setHeld);
    return () => watching.unsubscribe();
  }, [withHomes]);
  // What ends by the clock alone (offers, duty) is looked at anew now and then.
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), 20000);
    return () => clearInterval(timer);
  }, []);
  // The clock of now and not of the last tick: by an older one, what has just ended would go on.
  return held === null ? null : work(held, Date.now());
}
