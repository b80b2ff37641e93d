// Vibration and a short sound when an offer or a call for help comes while the app is open. A notification of Web Push has its own.
import { useEffect, useRef } from "preact/hooks";

const VIBRATION_MS = [200, 100, 200];
const TONES_HZ = [660, 880];
const TONE_S = 0.18;

/** Give a signal when `ids` has an id that was not there before. `isReady`: false while the ids are not synced yet. */
export function useNewWorkSignal(ids: string[], isReady: boolean): void {
  const seenIds = useRef<Set<string> | null>(null);
  const key = ids.join();
  useEffect(() => {
    if (!isReady) return;
    const isNew = seenIds.current !== null && ids.some((id) => !seenIds.current!.has(id));
    seenIds.current = new Set([...(seenIds.current ?? []), ...ids]);
    // Browsers allow neither before the worker has touched the page.
    if (isNew && navigator.userActivation?.hasBeenActive) signal();
  }, [key, isReady]);
}

let context: AudioContext | null = null;

function signal(): void {
  navigator.vibrate?.(VIBRATION_MS);
  document.documentElement.dataset["signalledAt"] = String(Date.now());
  if (!("AudioContext" in globalThis)) return;
  context ??= new AudioContext();
  const playing = context;
  void playing.resume().then(() =>
    TONES_HZ.forEach((frequency, n) => {
      const tone = playing.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(playing.destination);
      tone.start(playing.currentTime + n * TONE_S);
      tone.stop(playing.currentTime + (n + 0.9) * TONE_S);
    }),
  );
}
