// Positions of the phone, from the browser's geolocation API.
import { useEffect, useRef } from "preact/hooks";

export type Fix = { lon: number; lat: number; accuracy_m: number | null; at: string };
const LAST_FIX_MAX_AGE_MS = 300000;

/**
 * Where the phone is now, or was `maximumAge` ms ago; if it says nothing new within `patience` ms, where it was up to five
 * minutes ago: one that lies still has nothing new to say. Raises what the browser says when it does not tell.
 */
export async function locate(maximumAge = 10000, patience = 5000): Promise<Fix> {
  const requestPosition = (timeout: number, maximumAge: number) => new Promise<GeolocationPosition>((resolve, reject) => {
    if (!navigator.geolocation) return reject(new Error("no geolocation"));
    navigator.geolocation.getCurrentPosition(resolve, reject, { enableHighAccuracy: true, timeout, maximumAge });
  });
  const { coords, timestamp } = await requestPosition(patience, maximumAge).catch((error: GeolocationPositionError) => {
    if (error.code !== error.TIMEOUT) throw new Error(error.message);
    return requestPosition(10000, LAST_FIX_MAX_AGE_MS);
  });
  return {
    lon: roundDegrees(coords.longitude),
    lat: roundDegrees(coords.latitude),
    accuracy_m: Number.isFinite(coords.accuracy) ? Math.min(100000, Math.round(coords.accuracy * 10) / 10) : null,
    at: new Date(timestamp).toISOString(),
  };
}

export type GetFix = () => Promise<{ fix?: Fix }>;
const FIX_MAX_AGE_MS = 60000;
const MAX_WAIT_MS = 4000;

/**
 * Where she is, for what she does: asked when the page opens, so that the phone begins to look, and anew for each act. An act
 * waits a few seconds at most; what was found a minute ago or longer says nothing of now, and then none is told.
 */
export function useFix(): GetFix {
  const latestFix = useRef<Fix | null>(null);
  const pendingRequest = useRef<Promise<void> | null>(null);
  const requestFix = () => (pendingRequest.current ??= locate(10000, 3000)
    .then(
      (fix) => void (latestFix.current = fix),
      () => { }
    )
    .finally(() => (pendingRequest.current = null)));
  useEffect(() => void requestFix(), []);
  return async () => {
    const previous = latestFix.current;
    await Promise.race([requestFix(), new Promise((resolve) => setTimeout(resolve, MAX_WAIT_MS))]);
    const fix = latestFix.current;
    return fix && (fix !== previous || Date.now() - Date.parse(fix.at) < FIX_MAX_AGE_MS) ? { fix } : {};
  };
}

export const roundDegrees = (degrees: number) => Math.round(degrees * 1e7) / 1e7;
