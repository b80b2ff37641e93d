// The voice notes of a case that are still on the phone, and the button that records one.
import { useEffect, useRef, useState } from "preact/hooks";
import { store } from "../client";
import { type Here } from "../geolocation";
import { useBlob } from "../hooks/use-blob-url";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import type { Photo } from "../store";
import { sync } from "../sync";
import { canRecord, LONGEST_S, Recording } from "../voice-recorder";

export function Voices(props: { incident: string; here: Here }) {
  const t = useWords();
  const { photos } = useWork();
  const [recording, setRecording] = useState<Recording | null>(null);
  const [seconds, setSeconds] = useState(0);
  const [trouble, setTrouble] = useState(false);
  const latest = useRef<Recording | null>(null);
  latest.current = recording;
  // Leaving the page ends it, without a note.
  useEffect(() => () => void latest.current?.discard(), []);
  useEffect(() => {
    if (recording === null) return;
    const timer = setInterval(() => {
      const passed = Math.floor((Date.now() - recording.begunAt) / 1000);
      setSeconds(passed);
      if (passed >= LONGEST_S) void end(recording);
    }, 250);
    return () => clearInterval(timer);
  }, [recording]);
  const begin = async () => {
    setTrouble(false);
    setSeconds(0);
    try {
      setRecording(await Recording.begin());
    } catch {
      // The browser says why in words of its own; she is told what to do instead.
      setTrouble(true);
    }
  };
  const end = async (some: Recording) => {
    setRecording(null);
    await some.keep(props.incident, props.here().then(({ fix }) => fix ?? null));
  };
  return (
    <>
      {photos.filter((one) => one.incident === props.incident && one.kind === "voice").map((one) => <Voice key={one.id} note={one} />)}
      {canRecord() &&
        (recording ? (
          <button class="take recording" onClick={() => void end(recording)} data-testid="voice-stop">
            <span aria-hidden="true">■</span> {t("voice_stop")} <span role="timer">{clock(seconds)} / {clock(LONGEST_S)}</span>
          </button>
        ) : (
          <button class="take" onClick={() => void begin()} data-testid="voice-record">
            <span aria-hidden="true">●</span> {t("voice_record")}
          </button>
        ))}
      {trouble && <p class="bad" role="alert" data-testid="voice-trouble">{t("voice_denied")}</p>}
    </>
  );
}

/** One note: to listen to, to delete, and to send by itself; it also goes with the report or feedback it belongs to. */
export function Voice(props: { note: Photo }) {
  const t = useWords();
  const { note } = props;
  const url = useBlob(note.blob, note.id);
  return (
    <figure class="voice" data-testid="voice">
      {url && <audio controls src={url} aria-label={t("voice")} />}
      <figcaption class={note.refused ? "bad" : ""}>
        {note.refused ?? t(note.isDraft ? "voice_draft" : "unsent")}
      </figcaption>
      {note.isDraft && (
        <button onClick={() => void store.release([note.incident]).then(() => sync.now())} data-testid="voice-send">{t("voice_send")}</button>
      )}
      {(note.isDraft || note.refused !== null) && (
        <button onClick={() => void store.photo.delete(note.id)} data-testid="voice-delete">{t(note.refused === null ? "voice_delete" : "seen")}</button>
      )}
    </figure>
  );
}

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
