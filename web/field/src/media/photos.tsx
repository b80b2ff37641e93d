// Photos of a case that are still on the phone, and inputs that take a photo or record a voice note.
import { store } from "../client";
import type { GetFix } from "../geolocation";
import { useBlobUrl } from "../hooks/use-blob-url";
import { useIsStoring } from "../hooks/use-is-storing";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { whileStoring } from "../media-storing";
import { type PhotoKind, storeMedia } from "../media-upload";
import type { MediaItem } from "../store";
import { sync } from "../sync";
import type { TextKey } from "../words";
import { VoiceNotePreview, VoiceNotes } from "./voice-notes";

/** `isDraft`: the case does not exist yet; its photos are sent with the report and can be deleted before. */
export function Photos(props: { incident: string; kinds: readonly PhotoKind[]; getFix: GetFix; isDraft?: boolean }) {
  const t = useTranslation();
  const { photos } = useWorkerState();
  const isBeingStored = useIsStoring(props.incident);
  const addPhotos = async (files: File[], kind: PhotoKind) => {
    // Stored first, as the camera app may leave the browser little time. The photos wait for their position before they are sent.
    const ids = await whileStoring(props.incident, storeAll(files, kind));
    const { fix } = await props.getFix();
    const changes = { fix: fix ?? null, ...(props.isDraft ? {} : { isDraft: false }) };
    for (const id of ids) await store.photo.update(id, changes);
    if (!props.isDraft) sync.requestRound();
  };
  const storeAll = async (files: File[], kind: PhotoKind) => {
    const ids: string[] = [];
    for (const file of files) ids.push(await storeMedia(file, props.incident, kind, null, true));
    return ids;
  };
  return (
    <div class="photos">
      {photos
        .filter((photo) => photo.incident === props.incident && photo.kind !== "voice")
        .map((photo) => (
          <MediaPreview key={photo.id} photo={photo} />
        ))}
      <p role="status" data-testid="media-storing">
        {isBeingStored && t("media_storing")}
      </p>
      {props.kinds.map((kind) => {
        const what = props.kinds.length > 1 ? t(`photo_${kind}`) : "";
        const inputs = (["take", "choose"] as const).map((how) => ({
          text: t(`photo_${how}`),
          label: `${t(`photo_${how}`)} ${what}`.trim(),
        }));
        const onFiles = (files: File[]) => void addPhotos(files, kind);
        const [take, choose] = inputs;
        return (
          <div key={kind} class="photo-kind">
            {what && <b>{what}</b>}
            <PhotoInput {...take!} isCamera onFiles={onFiles} testid={`photo-${kind}`} />
            <PhotoInput {...choose!} onFiles={onFiles} testid={`choose-${kind}`} />
          </div>
        );
      })}
      <VoiceNotes incident={props.incident} getFix={props.getFix} />
    </div>
  );
}

/** Takes photos by the camera, or chooses pictures that are on the phone. */
function PhotoInput(props: {
  text: string;
  label: string;
  isCamera?: boolean;
  onFiles: (files: File[]) => void;
  testid: string;
}) {
  return (
    <label class="take">
      {props.text}
      <input
        type="file"
        aria-label={props.label}
        accept="image/*"
        {...(props.isCamera ? { capture: "environment" as const } : { multiple: true })}
        onChange={(event) => {
          props.onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
        data-testid={props.testid}
      />
    </label>
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
