// The photos of a case that others took: as a strip, or before beside after for a comparison, and one of them on the whole screen.
import { useEffect, useRef, useState } from "preact/hooks";
import { beforeAndAfter, type PhotoOfCase, photosOf } from "../case-photo-plan";
import { fetchPhoto } from "../case-photos";
import { useStoredPhotos } from "../hooks/use-stored-photos";
import { useTranslation } from "../hooks/use-translation";
import type { Incident } from "../incidents";
import type { CasePhoto } from "../store";
import type { TextKey } from "../words";
import { BlobPicture } from "./thumbnail";

export function CasePhotos(props: { incident: Incident; isCompared: boolean }) {
  const t = useTranslation();
  const stored = useStoredPhotos(props.incident.id);
  const [openId, setOpenId] = useState<string | null>(null);
  const photos = photosOf(props.incident);
  if (photos.length === 0) return null;
  const compared = props.isCompared ? beforeAndAfter(photos) : null;
  const strip = (some: PhotoOfCase[]) =>
    some.map((photo) => (
      <CasePhotoButton key={photo.id} photo={photo} stored={stored.get(photo.id)} onOpen={() => setOpenId(photo.id)} />
    ));
  const opened = photos.find(({ id }) => id === openId);
  return (
    <>
      <h2>{t("case_photos")}</h2>
      {compared ? (
        <div class="two compared" data-testid="before-after">
          <div>
            <h3>{t("photo_before")}</h3>
            {strip(compared.before)}
            {compared.before.length === 0 && <p class="empty">{t("no_photo_before")}</p>}
          </div>
          <div>
            <h3>{t("photo_after")}</h3>
            {strip(compared.after)}
          </div>
        </div>
      ) : (
        <div class="strip" data-testid="case-photos">
          {strip(photos)}
        </div>
      )}
      {opened && (
        <PhotoViewer
          key={opened.id}
          photo={opened}
          stored={stored.get(opened.id)}
          onStep={(step) => setOpenId(photos[(photos.indexOf(opened) + step + photos.length) % photos.length]!.id)}
          isSingle={photos.length === 1}
          onClose={() => setOpenId(null)}
        />
      )}
    </>
  );
}

/** Return the best picture on the phone, or else the one that the server gives. `hasFailed`: there is none now. */
function usePicture(photo: PhotoOfCase, stored: CasePhoto | undefined): { blob: Blob | null; hasFailed: boolean } {
  const [fetched, setFetched] = useState<Blob | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const large = stored?.large ?? null;
  useEffect(() => {
    if (large !== null) return;
    let isGone = false;
    // Wait a moment: the photo may be on the phone, and the store is still being read.
    const timer = setTimeout(() => {
      fetchPhoto(photo.id, "large").then(
        (blob) => !isGone && (blob ? setFetched(blob) : setFailed(true)),
        () => !isGone && setFailed(true),
      );
    }, 500);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [photo.id, large === null]);
  const blob = large ?? fetched ?? stored?.small ?? null;
  return { blob, hasFailed: hasFailed && blob === null };
}

function CasePhotoButton(props: { photo: PhotoOfCase; stored: CasePhoto | undefined; onOpen: () => void }) {
  const t = useTranslation();
  const { photo } = props;
  const { blob, hasFailed } = usePicture(photo, props.stored);
  const kind = t(`photo_${photo.kind}` as TextKey);
  return (
    <button
      class="picture"
      onClick={props.onOpen}
      disabled={blob === null}
      data-testid="case-photo"
      data-kind={photo.kind}
    >
      {blob ? (
        <BlobPicture blob={blob} id={photo.id} alt="" />
      ) : (
        <span class="missing">{t(hasFailed ? "photo_not_here" : "loading")}</span>
      )}
      <small>{kind}</small>
    </button>
  );
}

/** One photo on the whole screen. Closed by its button, by Escape and by a touch beside the photo. */
function PhotoViewer(props: {
  photo: PhotoOfCase;
  stored: CasePhoto | undefined;
  isSingle: boolean;
  onStep: (step: 1 | -1) => void;
  onClose: () => void;
}) {
  const t = useTranslation();
  const { blob } = usePicture(props.photo, props.stored);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const kind = t(`photo_${props.photo.kind}` as TextKey);
  return (
    <dialog class="viewer" ref={dialog} onClose={props.onClose} aria-label={kind} data-testid="photo-viewer">
      {blob && <BlobPicture blob={blob} id={props.photo.id} alt={kind} />}
      <p>{kind}</p>
      <div class="two">
        {!props.isSingle && <button onClick={() => props.onStep(-1)}>‹ {t("photo_previous")}</button>}
        {!props.isSingle && <button onClick={() => props.onStep(1)}>{t("photo_next")} ›</button>}
      </div>
      <button class="main" onClick={() => dialog.current?.close()} data-testid="photo-close">
        {t("close")}
      </button>
    </dialog>
  );
}
