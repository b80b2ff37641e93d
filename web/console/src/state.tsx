// What every page uses: who reads, in which language, and data that is read anew when something changed.
import { createContext } from "preact";
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { dayAndHour, filled, type Language, type Name, named, type Pairs, pick, span } from "../../src/speaking";
import { hints } from "./hints";
import { pauseAfter, type Schemas } from "./session";
import { type Word, WORDS } from "./words";

export type Me = Schemas["MeOut"];
export const LanguageContext = createContext<Language>("zh-CN");
export const MeContext = createContext<Me | null>(null);

/** `t("word")`, and names, codes, instants and spans in the reader's language. */
export function useWords() {
  const language = useContext(LanguageContext);
  const zone = useZone();
  return Object.assign((word: Word, values?: Record<string, string | number>) => filled(pick(language, WORDS[word]), values), {
    language,
    named: (name: Name | null | undefined) => named(language, name),
    code: (pairs: Pairs, code: string | null | undefined) => (code ? (pairs[code] ? pick(language, pairs[code]) : code) : ""),
    at: (instant: string | number | null | undefined) => (instant ? dayAndHour(language, instant, zone) : ""),
    span: (seconds: number) => span(language, seconds),
  });
}

export function useMe(): Me {
  return useContext(MeContext)!;
}

/** Times are shown and meant by the clocks where her places are, wherever this browser is. */
export function useZone(): string {
  return useContext(MeContext)?.jurisdiction?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export const may = (me: Me, permission: string): boolean => (me.permissions as string[]).includes(permission);

export type Loaded<T> = { data: T | null; error: unknown; at: number | null; reload: () => void };

/** Data of a page: read when `key` changes and again at each hint, with the old kept until the new is there.

One question at a time: what is told while it is on its way is asked for once more afterwards, so that hints that come faster than answers
never keep all answers from being shown. A server that is busy, or does not answer, is asked again by itself. */
export function useLoaded<T>(read: () => Promise<T>, key: string, isLive = true): Loaded<T> {
  const [state, setState] = useState<{ key: string; data: T | null; error: unknown; at: number | null }>({ key, data: null, error: null, at: null });
  const latest = useRef(read);
  latest.current = read;
  const asking = useMemo(() => ({ isOn: false, isWantedAgain: false, isGone: false, timer: 0 }), [key]);
  const reload = useCallback(() => {
    asking.isWantedAgain = asking.isOn;
    if (asking.isOn) return;
    asking.isOn = true;
    const show = (next: typeof state | ((before: typeof state) => typeof state)) => {
      asking.isOn = false;
      if (asking.isGone) return;
      setState(next);
      if (asking.isWantedAgain) reload();
    };
    latest.current().then(
      (data) => show({ key, data, error: null, at: Date.now() }),
      (error: unknown) => {
        show((before) => ({ ...before, key, data: before.key === key ? before.data : null, error }));
        const pause = pauseAfter(error);
        if (pause !== null && !asking.isGone) asking.timer = window.setTimeout(reload, pause);
      },
    );
  }, [asking]);
  useEffect(() => {
    asking.isGone = false;
    reload();
    return () => {
      asking.isGone = true;
      clearTimeout(asking.timer);
    };
  }, [reload]);
  useEffect(() => (isLive ? hints.on(reload) : undefined), [reload, isLive]);
  return { data: state.key === key ? state.data : null, error: state.error, at: state.at, reload };
}

/** Where in the console: what stands behind the # of the address. */
export type Route = { hash: string; path: string[]; query: URLSearchParams };
export function useRoute(): Route {
  const read = (): Route => {
    const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    return { hash: location.hash, path: path.split("/"), query: new URLSearchParams(query) };
  };
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const turn = () => setRoute(read());
    addEventListener("hashchange", turn);
    // It may have changed between the first drawing and now.
    setRoute((before) => (before.hash === location.hash ? before : read()));
    return () => removeEventListener("hashchange", turn);
  }, []);
  return route;
}

export const go = (to: string): void => {
  location.hash = `#/${to}`;
};

/** An address of the console for a listing that an answer names (`members`), so that its figure opens it; null: none has a page. */
export function pageOf(members: string): string | null {
  const at = members.indexOf("/api/v1/");
  const [path = "", query = ""] = members.slice(at < 0 ? 0 : at + 8).split("?");
  if (path === "incidents") return `#/cases?${query}`;
  if (path === "figures/members") return `#/members?${query}`;
  if (path === "figures/cycles/members") return `#/kept?${query}`;
  return null;
}

/** A query without what is empty. */
export function queryOf(values: Record<string, string | null | undefined>): string {
  return new URLSearchParams(Object.entries(values).filter((entry): entry is [string, string] => !!entry[1])).toString();
}
