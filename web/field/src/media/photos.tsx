// Photos of a case that are still on the phone, and inputs that take a photo or record a voice note.
import { store } from "../client";
import type { GetFix } from "../geolocation";
import { useBlobUrl } from "../hooks/use-blob-url";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { type PhotoKind, storeMedia } from "../media-upload";
import type { MediaItem } from "../store";
import { sync } from "../sync";
import type { TextKey } from "../words";
import { VoiceNotePreview, VoiceNotes } from "./voice-notes";

/** `isDraft`: the case does not exist yet; its photos are sent with the report and can be deleted before. */
export function Photos(props: { incident: string; kinds: readonly PhotoKind[]; getFix: GetFix; isDraft?: boolean }) {
  const t = useTranslation();
  const { photos } = useWorkerState();
  const addPhoto = async (file: File | undefined, kind: PhotoKind) => {
    if (!file) return;
    // Stored first, as the camera app may leave the browser little time. The photo waits for its position before it is sent.
    const id = await storeMedia(file, props.incident, kind, null, true);
    const { fix } = await props.getFix();
    await store.photo.update(id, { fix: fix ?? null, ...(props.isDraft ? {} : { isDraft: false }) });
    if (!props.isDraft) sync.requestRound();
  };
  return (
    <div class="photos">
      {photos
        .filter((photo) => photo.incident === props.incident && photo.kind !== "voice")
        .map((photo) => (
          <MediaPreview key={photo.id} photo={photo} />
        ))}
      {props.kinds.map((kind) => (
        <label class="take" key={kind}>
          {t("photo_take", { what: t(`photo_${kind}`) })}
          <input
            type="file"
            accept="image/*"
            capture="environment"
            onChange={(event) => {
              const { files } = event.currentTarget;
              void addPhoto(files?.[0], kind);
              event.currentTarget.value = "";
            }}
            data-testid={`photo-${kind}`}
          />
        </label>
      ))}
      <VoiceNotes incident={props.incident} getFix={props.getFix} />
    </div>
  );
}

export function MediaPreview(props: { photo: MediaItem }) {
  return props.photo.kind === "voice" ? <VoiceNotePreview note={props.photo} /> : <PhotoPreview photo={props.photo} />;
}

function PhotoPreview(props: { photo: MediaItem }) {
  const t = useTranslation();
  const { photo } = props;
  const url = useBlobUrl(photo.blob, photo.id);
  return (
    <figure data-testid="photo">
      {url && <img src={url} alt={t("photo")} />}
      <figcaption class={photo.refused ? "bad" : ""}>
        {t(`photo_${photo.kind}` as TextKey)} · {photo.refused ?? t(photo.isDraft ? "photo_draft" : "unsent")}
        {(photo.refused !== null || photo.isDraft) && (
          <button onClick={() => void store.photo.delete(photo.id)} data-testid="photo-delete">
            {t(photo.refused === null ? "photo_delete" : "seen")}
          </button>
        )}
      </figcaption>
    </figure>
  );
}
