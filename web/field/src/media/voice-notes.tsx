// Voice notes of a case that are still on the phone, and the button that records one.
import { useEffect, useRef, useState } from "preact/hooks";
import { store } from "../client";
import type { GetFix } from "../geolocation";
import { useBlobUrl } from "../hooks/use-blob-url";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { whileStoring } from "../media-storing";
import type { MediaItem } from "../store";
import { sync } from "../sync";
import { canRecord, MAX_DURATION_S, Recording } from "../voice-recorder";

export function VoiceNotes(props: { incident: string; getFix: GetFix }) {
  const t = useTranslation();
  const { photos } = useWorkerState();
  const [recording, setRecording] = useState<Recording | null>(null);
  const [seconds, setSeconds] = useState(0);
  const [trouble, setTrouble] = useState(false);
  const latest = useRef<Recording | null>(null);
  latest.current = recording;
  // Leaving the page discards the recording.
  useEffect(() => () => void latest.current?.discard(), []);
  useEffect(() => {
    if (recording === null) return;
    const timer = setInterval(() => {
      const passed = Math.floor((Date.now() - recording.begunAt) / 1000);
      setSeconds(passed);
      if (passed >= MAX_DURATION_S) void end(recording);
    }, 250);
    return () => clearInterval(timer);
  }, [recording]);
  const begin = async () => {
    setTrouble(false);
    setSeconds(0);
    try {
      setRecording(await Recording.start());
    } catch {
      // The browser's error text is technical; the page says what to do instead.
      setTrouble(true);
    }
  };
  const end = async (recordingToEnd: Recording) => {
    setRecording(null);
    const fix = props.getFix().then(({ fix }) => fix ?? null);
    await whileStoring(props.incident, recordingToEnd.finish(props.incident, fix));
  };
  return (
    <>
      {photos
        .filter((note) => note.incident === props.incident && note.kind === "voice")
        .map((note) => (
          <VoiceNotePreview key={note.id} note={note} />
        ))}
      {canRecord() &&
        (recording ? (
          <button class="take recording" onClick={() => void end(recording)} data-testid="voice-stop">
            <span>
              <span aria-hidden="true">■</span> {t("voice_stop")}{" "}
              <span role="timer">
                {formatClock(seconds)} / {formatClock(MAX_DURATION_S)}
              </span>
            </span>
          </button>
        ) : (
          <button class="take" onClick={() => void begin()} data-testid="voice-record">
            <span>
              <span aria-hidden="true">●</span> {t("voice_record")}
            </span>
          </button>
        ))}
      {trouble && (
        <p class="bad" role="alert" data-testid="voice-trouble">
          {t("voice_denied")}
        </p>
      )}
    </>
  );
}

/** One voice note, which can be played, deleted or sent. It is also sent with its report or feedback. */
export function VoiceNotePreview(props: { note: MediaItem }) {
  const t = useTranslation();
  const { note } = props;
  const url = useBlobUrl(note.blob, note.id);
  return (
    <figure class="voice" data-testid="voice">
      {url && <audio controls src={url} aria-label={t("voice")} />}
      <figcaption class={note.refused ? "bad" : ""}>
        {note.refused ?? t(note.isDraft ? "voice_draft" : "unsent")}
      </figcaption>
      {note.isDraft && (
        <button
          onClick={() => void store.releaseDrafts([note.incident]).then(() => sync.requestRound())}
          data-testid="voice-send"
        >
          {t("voice_send")}
        </button>
      )}
      {(note.isDraft || note.refused !== null) && (
        <button onClick={() => void store.photo.delete(note.id)} data-testid="voice-delete">
          {t(note.refused === null ? "voice_delete" : "seen")}
        </button>
      )}
    </figure>
  );
}

const formatClock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
