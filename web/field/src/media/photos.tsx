// Photos of a case that are still on the phone, and what takes one or records a voice note.
import { store } from "../client";
import { type Here } from "../geolocation";
import { useBlob } from "../hooks/use-blob-url";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { keepMedia, type Kind } from "../media-upload";
import type { Photo } from "../store";
import { sync } from "../sync";
import type { Word } from "../words";
import { Voice, Voices } from "./voice-notes";

/** `isDraft`: of a case that does not exist yet; they go with its report, and can be deleted before. */
export function Photos(props: { incident: string; kinds: readonly Kind[]; here: Here; isDraft?: boolean }) {
  const t = useWords();
  const { photos } = useWork();
  const take = async (file: File | undefined, kind: Kind) => {
    if (!file) return;
    // Kept first: the camera may have left the browser little time. It waits for where it was taken, and then it goes.
    const id = await keepMedia(file, props.incident, kind, null, true);
    const { fix } = await props.here();
    await store.photo.update(id, { fix: fix ?? null, ...(props.isDraft ? {} : { isDraft: false }) });
    if (!props.isDraft) sync.now();
  };
  return (
    <div class="photos">
      {photos.filter((photo) => photo.incident === props.incident && photo.kind !== "voice").map((photo) => <Small key={photo.id} photo={photo} />)}
      {props.kinds.map((kind) => (
        <label class="take" key={kind}>
          {t("photo_take", { what: t(`photo_${kind}`) })}
          <input
            type="file"
            accept="image/*"
            capture="environment"
            onChange={(event) => {
              const { files } = event.currentTarget;
              void take(files?.[0], kind);
              event.currentTarget.value = "";
            }}
            data-testid={`photo-${kind}`}
          />
        </label>
      ))}
      <Voices incident={props.incident} here={props.here} />
    </div>
  );
}

export function Small(props: { photo: Photo }) {
  return props.photo.kind === "voice" ? <Voice note={props.photo} /> : <Picture photo={props.photo} />;
}

function Picture(props: { photo: Photo }) {
  const t = useWords();
  const { photo } = props;
  const url = useBlob(photo.blob, photo.id);
  return (
    <figure data-testid="photo">
      {url && <img src={url} alt={t("photo")} />}
      <figcaption class={photo.refused ? "bad" : ""}>
        {t(`photo_${photo.kind}` as Word)} · {photo.refused ?? t(photo.isDraft ? "photo_draft" : "unsent")}
        {(photo.refused !== null || photo.isDraft) && (
          <button onClick={() => void store.photo.delete(photo.id)} data-testid="photo-delete">{t(photo.refused === null ? "photo_delete" : "seen")}</button>
        )}
      </figcaption>
    </figure>
  );
}
