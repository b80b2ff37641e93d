// The phone's position while a page shows it. It stays in memory and is not sent.
import { useEffect, useState } from "preact/hooks";
import { locate } from "../geolocation";

export type Point = [number, number];
export type OwnPosition = {
  at: Point | null;
  /** True after the phone gave no position. */
  hasFailed: boolean;
  /** Read the position now; the browser may ask the worker for permission. */
  ask: () => Promise<void>;
};

const REFRESH_MS = 30_000;
const MAX_AGE_MS = 60_000;

/** Return the position, read again twice a minute. Without permission it is read only by `ask`. */
export function useOwnPosition(): OwnPosition {
  const [at, setAt] = useState<Point | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const ask = () =>
    locate(MAX_AGE_MS).then(
      ({ lon, lat }) => {
        setAt([lon, lat]);
        setFailed(false);
      },
      () => setFailed(true),
    );
  useEffect(() => {
    const refresh = async () => {
      if (document.visibilityState !== "visible" || !(await isAllowed())) return;
      await ask();
    };
    void refresh();
    const timer = setInterval(() => void refresh(), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return { at, hasFailed, ask };
}

/** Return true if the browser gives the position without a question. */
async function isAllowed(): Promise<boolean> {
  const status = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
  return status?.state === "granted";
}
