// Data of a page, read from the API and read again when something changed.
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { hints } from "../live-updates";
import { pauseAfter } from "../session";

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
      }
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
