// The picture of a case on its card.
import { photosOf } from "../case-photo-plan";
import { useBlobUrl } from "../hooks/use-blob-url";
import { useTranslation } from "../hooks/use-translation";
import type { Incident } from "../incidents";
import type { CasePhoto } from "../store";

/** Shows the first photo of a case; a box with the number of photos while it is not on the phone; nothing without photos. */
export function Thumbnail(props: { incident: Incident; stored: Map<string, CasePhoto> }) {
  const t = useTranslation();
  const photos = photosOf(props.incident);
  const first = photos.find(({ id }) => props.stored.get(id)?.small) ?? photos[0];
  if (!first) return null;
  const blob = props.stored.get(first.id)?.small;
  return (
    <span class="thumbnail" data-testid="thumbnail">
      {blob ? (
        <BlobPicture blob={blob} id={first.id} alt={t("photo")} />
      ) : (
        <small>{t("photos_n", { n: photos.length })}</small>
      )}
    </span>
  );
}

export function BlobPicture(props: { blob: Blob; id: string; alt: string }) {
  const url = useBlobUrl(props.blob, `${props.id} ${props.blob.size}`);
  return url === "" ? null : <img src={url} alt={props.alt} />;
}
