// Data of a page, read from the API and read again when something changed.
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { liveUpdates } from "../live-updates";
import { retryDelayMs } from "../session";

export type QueryState<T> = { data: T | null; error: unknown; at: number | null; reload: () => void };

/**
 * Read data when `key` changes and again at each live update. The previous data stays until the new data is there.
 *
 * One request runs at a time: updates during a request cause one more afterwards. Otherwise updates that are more frequent than
 * responses would discard every response. After NoAnswer and TryLater the request is repeated automatically.
 */
export function useQuery<T>(read: () => Promise<T>, key: string, isLive = true): QueryState<T> {
  const [state, setState] = useState<{ key: string; data: T | null; error: unknown; at: number | null }>({
    key,
    data: null,
    error: null,
    at: null,
  });
  const latest = useRef(read);
  latest.current = read;
  const request = useMemo(() => ({ isOn: false, isWantedAgain: false, isGone: false, timer: 0 }), [key]);
  const reload = useCallback(() => {
    request.isWantedAgain = request.isOn;
    if (request.isOn) return;
    request.isOn = true;
    const finish = (next: typeof state | ((before: typeof state) => typeof state)) => {
      request.isOn = false;
      if (request.isGone) return;
      setState(next);
      if (request.isWantedAgain) reload();
    };
    latest.current().then(
      (data) => finish({ key, data, error: null, at: Date.now() }),
      (error: unknown) => {
        finish((before) => ({ ...before, key, data: before.key === key ? before.data : null, error }));
        const pause = retryDelayMs(error);
        if (pause !== null && !request.isGone) request.timer = window.setTimeout(reload, pause);
      },
    );
  }, [request]);
  useEffect(() => {
    request.isGone = false;
    reload();
    return () => {
      request.isGone = true;
      clearTimeout(request.timer);
    };
  }, [reload]);
  useEffect(() => (isLive ? liveUpdates.onChange(reload) : undefined), [reload, isLive]);
  return { data: state.key === key ? state.data : null, error: state.error, at: state.at, reload };
}
