// The sound of a call for help. A browser plays none before the page was clicked or typed in: until then nothing is tried, and the
// bar says so.
import { useEffect, useState } from "preact/hooks";

const EVERY_MS = 4_000;
const TONES_HZ = [880, 660, 880];
const TONE_S = 0.22;
const SETTING = "gridward-alarm-sound";

/** Return whether the sound is on, which this browser remembers, and a function that switches it. */
export function useSoundSetting(): [boolean, () => void] {
  const [isOn, setOn] = useState(localStorage.getItem(SETTING) !== "off");
  const toggle = () => {
    if (isOn) localStorage.setItem(SETTING, "off");
    else localStorage.removeItem(SETTING);
    setOn(!isOn);
  };
  return [isOn, toggle];
}

/** Repeat the alarm while `isOn`. Of several pages of this browser one plays it. Returns true while the browser would not. */
export function useAlarmSound(isOn: boolean): boolean {
  const [isBlocked, setBlocked] = useState(false);
  useEffect(() => {
    if (!isOn) return;
    const play = () => {
      const isSilent = !navigator.userActivation.hasBeenActive;
      setBlocked(isSilent);
      if (isSilent) return;
      const locks = navigator.locks as LockManager | undefined; // undefined where the page came by plain HTTP
      if (locks)
        void locks.request("gridward-alarm", { ifAvailable: true }, (lock) => (lock ? playAlarm() : undefined));
      else void playAlarm();
    };
    play();
    const timer = setInterval(play, EVERY_MS);
    return () => clearInterval(timer);
  }, [isOn]);
  return isOn && isBlocked;
}

let context: AudioContext | null = null;

/** Play the tones once. Resolves shortly before they are due again. */
async function playAlarm(): Promise<void> {
  context ??= new AudioContext();
  await context.resume();
  const volume = context.createGain();
  volume.gain.value = 0.25;
  volume.connect(context.destination);
  TONES_HZ.forEach((frequency, n) => {
    const tone = context!.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(volume);
    tone.start(context!.currentTime + n * TONE_S);
    tone.stop(context!.currentTime + (n + 0.9) * TONE_S);
  });
  document.documentElement.dataset["alarmPlayed"] = String(Date.now());
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS - 200));
}
