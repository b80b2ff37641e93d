// Photos of a case that are still on the phone, and the button that takes one.
import { useEffect, useState } from "preact/hooks";
import { store, sync } from "../device";
import { keepPhoto, type Kind } from "../photos";
import type { Photo } from "../store";
import { type Fix, useWords, useWork } from "../ui";
import type { Word } from "../words";

export function Photos(props: { incident: string; kinds: readonly Kind[]; here: () => { fix?: Fix } }) {
  const t = useWords();
  const { photos } = useWork();
  const take = async (file: File | undefined, kind: Kind) => {
    if (!file) return;
    await keepPhoto(file, props.incident, kind, props.here().fix ?? null);
    sync.now();
  };
  return (
    <div class="photos">
      {photos.filter((photo) => photo.incident === props.incident).map((photo) => <Small key={photo.id} photo={photo} />)}
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
    </div>
  );
}

export function Small(props: { photo: Photo }) {
  const t = useWords();
  const [url, setUrl] = useState("");
  const { photo } = props;
  useEffect(() => {
    const made = URL.createObjectURL(photo.blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [photo.id]);
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
