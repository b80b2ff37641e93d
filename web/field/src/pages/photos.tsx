// Photos of a case that are still on the phone, and what takes one or records a voice note.
import { store, sync } from "../device";
import { keepMedia, type Kind } from "../photos";
import type { Photo } from "../store";
import { type Fix, useBlob, useWords, useWork } from "../ui";
import type { Word } from "../words";
import { Voice, Voices } from "./voices";

export function Photos(props: { incident: string; kinds: readonly Kind[]; here: () => { fix?: Fix } }) {
  const t = useWords();
  const { photos } = useWork();
  const take = async (file: File | undefined, kind: Kind) => {
    if (!file) return;
    await keepMedia(file, props.incident, kind, props.here().fix ?? null);
    sync.now();
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
        {t(`photo_${photo.kind}` as Word)} · {photo.refused ?? t("unsent")}
        {photo.refused && <button onClick={() => void store.photo.delete(photo.id)}>{t("seen")}</button>}
      </figcaption>
    </figure>
  );
}
