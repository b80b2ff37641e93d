// Positions of the phone, from the browser's geolocation API.
import { useEffect, useRef } from "preact/hooks";

export type Fix = { lon: number; lat: number; accuracy_m: number | null; at: string };
const LAST_FIX_MAX_AGE_MS = 300_000;

/**
 * Return the phone's position, at most `maximumAge` ms old. If there is none within `patience` ms, one of the last five minutes is
 * used, because a phone that does not move may report nothing new. Raises the browser's error if there is no position.
 */
export async function locate(maximumAge = 10_000, patience = 5_000): Promise<Fix> {
  const requestPosition = (timeout: number, maximumAge: number) =>
    new Promise<GeolocationPosition>((resolve, reject) => {
      if (!navigator.geolocation) return reject(new Error("no geolocation"));
      navigator.geolocation.getCurrentPosition(resolve, reject, { enableHighAccuracy: true, timeout, maximumAge });
    });
  const { coords, timestamp } = await requestPosition(patience, maximumAge).catch((error: GeolocationPositionError) => {
    if (error.code !== error.TIMEOUT) throw new Error(error.message);
    return requestPosition(10_000, LAST_FIX_MAX_AGE_MS);
  });
  return {
    lon: roundDegrees(coords.longitude),
    lat: roundDegrees(coords.latitude),
    accuracy_m: Number.isFinite(coords.accuracy) ? Math.min(100_000, Math.round(coords.accuracy * 10) / 10) : null,
    at: new Date(timestamp).toISOString(),
  };
}

/** `maxWaitMs`: how long to wait for a new position. */
export type GetFix = (maxWaitMs?: number) => Promise<{ fix?: Fix }>;
const FIX_MAX_AGE_MS = 60_000;
const MAX_WAIT_MS = 4_000;

/**
 * Return a function that gets the position for a step. The first request starts when the page opens, so that the receiver warms
 * up; each call requests a new position and waits a few seconds at most. A position of a minute ago or older is not returned.
 */
export function useFix(): GetFix {
  const latestFix = useRef<Fix | null>(null);
  const pendingRequest = useRef<Promise<void> | null>(null);
  const requestFix = () =>
    (pendingRequest.current ??= locate(10_000, 3_000)
      .then(
        (fix) => void (latestFix.current = fix),
        () => {},
      )
      .finally(() => (pendingRequest.current = null)));
  useEffect(() => void requestFix(), []);
  return async (maxWaitMs = MAX_WAIT_MS) => {
    const previous = latestFix.current;
    await Promise.race([requestFix(), new Promise((resolve) => setTimeout(resolve, maxWaitMs))]);
    const fix = latestFix.current;
    return fix && (fix !== previous || Date.now() - Date.parse(fix.at) < FIX_MAX_AGE_MS) ? { fix } : {};
  };
}

export const roundDegrees = (degrees: number) => Math.round(degrees * 1e7) / 1e7;
