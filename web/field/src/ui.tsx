// What every page uses: the worker's things as they are now, words in her language, and small parts.
import { liveQuery } from "dexie";
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { api, store, sync, type SyncState } from "./device";
import type { Owner } from "./store";
import { type Language, type Name, named, say, shortTime, type Word } from "./words";
import { type Held, SENT, type Work, work } from "./work";

export const WorkContext = createContext<Work | null>(null);
export const LanguageContext = createContext<Language>("zh-CN");

export function useWork(): Work {
  return useContext(WorkContext)!;
}

/** `t("word")`, `t.name(category.name)`, `t.time(instant)` in the worker's language, by the clocks of her city. */
export function useWords() {
  const language = useContext(LanguageContext);
  const zone = useContext(WorkContext)?.zone;
  return Object.assign((word: Word, values?: Record<string, string | number>) => say(language, word, values), {
    language,
    named: (name: Name | undefined) => named(language, name),
    time: (at: string | number) => shortTime(language, at, zone),
  });
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
    const timer = setInterval(() => setTick((n) => n + 1), 20_000);
    return () => clearInterval(timer);
  }, []);
  // The clock of now and not of the last tick: by an older one, what has just ended would go on.
  return held === null ? null : work(held, Date.now());
}

export function useSync(): SyncState {
  const [state, setState] = useState(sync.state);
  useEffect(() => {
    // A round may have ended between the drawing and this.
    setState(sync.state);
    return sync.onChange(() => setState(sync.state));
  }, []);
  return state;
}

/** Where in the app: what stands behind the # of the address. */
export function useRoute(): string[] {
  const read = () => location.hash.replace(/^#\/?/, "").split("/");
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const follow = () => {
      setRoute(read());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

export const go = (to: string) => {
  location.hash = `#/${to}`;
};

/** Do something, then go on, unless it says that it is not done; she who has turned to another page meanwhile stays there. */
export async function doneThen(to: string, doing: () => Promise<void | false>): Promise<void> {
  const here = location.hash;
  if ((await doing()) !== false && location.hash === here) go(to);
}

/** The heading of a page, which names it to the browser and takes the focus when it opens: a screen reader begins there. */
export function Title(props: { text: string; children?: ComponentChildren }) {
  const t = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.text} · ${t("app")}`;
  }, [props.text, t.language]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 tabIndex={-1} ref={heading}>
      {props.children ?? props.text}
    </h1>
  );
}

export function Card(props: { children: ComponentChildren; tone?: "warn" | "bad"; testid?: string }) {
  return (
    <section class={`card ${props.tone ?? ""}`} data-testid={props.testid}>
      {props.children}
    </section>
  );
}

export function Empty(props: { children: ComponentChildren }) {
  return <p class="empty">{props.children}</p>;
}

export type Fix = { lon: number; lat: number; accuracy_m: number | null; at: string };

const KNOWN_MS = 300_000;

/**
 * Where the phone is now, or was `maximumAge` ms ago; if it says nothing new within `patience` ms, where it was up to five
 * minutes ago: one that lies still has nothing new to say. Raises what the browser says when it does not tell.
 */
export async function locate(maximumAge = 10_000, patience = 5_000): Promise<Fix> {
  const asked = (timeout: number, maximumAge: number) =>
    new Promise<GeolocationPosition>((resolve, reject) => {
      if (!navigator.geolocation) return reject(new Error("no geolocation"));
      navigator.geolocation.getCurrentPosition(resolve, reject, { enableHighAccuracy: true, timeout, maximumAge });
    });
  const { coords, timestamp } = await asked(patience, maximumAge).catch((error: GeolocationPositionError) => {
    if (error.code !== error.TIMEOUT) throw new Error(error.message);
    return asked(10_000, KNOWN_MS);
  });
  return {
    lon: rounded(coords.longitude),
    lat: rounded(coords.latitude),
    accuracy_m: Number.isFinite(coords.accuracy) ? Math.min(100_000, Math.round(coords.accuracy * 10) / 10) : null,
    at: new Date(timestamp).toISOString(),
  };
}

/** An address for bytes of the phone, while they are shown. */
export function useBlob(blob: Blob, id: string): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [id]);
  return url;
}

export type Here = () => Promise<{ fix?: Fix }>;

const NEW_MS = 60_000;
const LONGEST_MS = 4_000;

/**
 * Where she is, for what she does: asked when the page opens, so that the phone begins to look, and anew for each act. An act
 * waits a few seconds at most; what was found a minute ago or longer says nothing of now, and then none is told.
 */
export function useFix(): Here {
  const found = useRef<Fix | null>(null);
  const asking = useRef<Promise<void> | null>(null);
  const ask = () =>
    (asking.current ??= locate(10_000, 3_000)
      .then(
        (fix) => void (found.current = fix),
        () => {},
      )
      .finally(() => (asking.current = null)));
  useEffect(() => void ask(), []);
  return async () => {
    const before = found.current;
    await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, LONGEST_MS))]);
    const fix = found.current;
    return fix && (fix !== before || Date.now() - Date.parse(fix.at) < NEW_MS) ? { fix } : {};
  };
}

export const rounded = (degrees: number) => Math.round(degrees * 1e7) / 1e7;

export async function chooseLanguage(language: Language): Promise<void> {
  api.language = language;
  document.documentElement.lang = language;
  await store.keep("language", language);
}
