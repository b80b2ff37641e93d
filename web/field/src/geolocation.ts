// Positions of the phone, from the browser's geolocation API.
import { useEffect, useRef } from "preact/hooks";

export type Fix = { lon: number; lat: number; accuracy_m: number | null; at: string };
const KNOWN_MS = 300000;

/**
 * Where the phone is now, or was `maximumAge` ms ago; if it says nothing new within `patience` ms, where it was up to five
 * minutes ago: one that lies still has nothing new to say. Raises what the browser says when it does not tell.
 */
export async function locate(maximumAge = 10000, patience = 5000): Promise<Fix> {
  const asked = (timeout: number, maximumAge: number) => new Promise<GeolocationPosition>((resolve, reject) => {
    if (!navigator.geolocation) return reject(new Error("no geolocation"));
    navigator.geolocation.getCurrentPosition(resolve, reject, { enableHighAccuracy: true, timeout, maximumAge });
  });
  const { coords, timestamp } = await asked(patience, maximumAge).catch((error: GeolocationPositionError) => {
    if (error.code !== error.TIMEOUT) throw new Error(error.message);
    return asked(10000, KNOWN_MS);
  });
  return {
    lon: rounded(coords.longitude),
    lat: rounded(coords.latitude),
    accuracy_m: Number.isFinite(coords.accuracy) ? Math.min(100000, Math.round(coords.accuracy * 10) / 10) : null,
    at: new Date(timestamp).toISOString(),
  };
}

export type Here = () => Promise<{ fix?: Fix }>;
const NEW_MS = 60000;
const LONGEST_MS = 4000;

/**
 * Where she is, for what she does: asked when the page opens, so that the phone begins to look, and anew for each act. An act
 * waits a few seconds at most; what was found a minute ago or longer says nothing of now, and then none is told.
 */
export function useFix(): Here {
  const found = useRef<Fix | null>(null);
  const asking = useRef<Promise<void> | null>(null);
  const ask = () => (asking.current ??= locate(10000, 3000)
    .then(
      (fix) => void (found.current = fix),
      () => { }
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
