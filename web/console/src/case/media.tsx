// Photos and voice notes of a case: before and after side by side, a large view with keyboard control, sound loaded on
// demand.
import { useEffect, useRef, useState } from "preact/hooks";
import { useObjectUrl } from "../hooks/use-object-url";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { ApiImage } from "../ui/api-image";
import { ErrorMessage } from "../ui/error-message";
import { Loaded } from "../ui/loaded";
import { MEDIA } from "../words/codes";

type Media = Schemas["MediaOut"];
const contentPath = (item: Media) => `/api/v1/media/${item.id}/content`;

export function CaseMedia(props: { id: string }) {
  const t = useTranslation();
  const media = useQuery(
    () => callApi(client.GET("/api/v1/incidents/{incident_id}/media", { params: { path: { incident_id: props.id } } })),
    `media ${props.id}`,
  );
  return (
    <section aria-labelledby="photos" data-testid="photos">
      <h2 id="photos">{t("photos")}</h2>
      <Loaded query={media}>
        {(data) => (data.items?.length ? <MediaList items={data.items} /> : <p class="quiet">{t("no_photos")}</p>)}
      </Loaded>
    </section>
  );
}

function MediaList(props: { items: Media[] }) {
  const t = useTranslation();
  const [large, setLarge] = useState<number | null>(null);
  const isPhoto = (item: Media) => item.kind !== "voice";
  // Order of viewing: before, after, then the others by time.
  const rank = (item: Media) => ["before", "after"].indexOf(item.kind ?? "") + 1 || 3;
  const photos = props.items
    .filter((item) => isPhoto(item) && item.state === "ready")
    .sort((a, b) => rank(a) - rank(b));
  const sounds = props.items.filter((item) => !isPhoto(item) && item.state === "ready");
  const others = props.items.filter((item) => item.state !== "ready");
  const isPair = ["before", "after"].every((kind) => photos.some((item) => item.kind === kind));
  const paired = isPair ? photos.filter((item) => rank(item) < 3) : [];
  const list = (photosToShow: Media[], label: string, style: string) =>
    photosToShow.length > 0 && (
      <ul class={`photos ${style}`} aria-label={label}>
        {photosToShow.map((item) => (
          <li key={item.id}>
            <button
              type="button"
              class="bare photo"
              aria-label={`${t("show_large")}: ${captionOf(item)}`}
              onClick={() => setLarge(photos.indexOf(item))}
              data-testid={`photo-${item.kind}`}
            >
              <ApiImage path={`/api/v1/media/${item.id}/thumbnail`} alt={captionOf(item)} />
            </button>
            <small>{captionOf(item)}</small>
          </li>
        ))}
      </ul>
    );
  const captionOf = (item: Media) => `${t.code(MEDIA, item.kind)} ${t.at(item.created_at)}`;
  return (
    <>
      {list(paired, t("before_after"), "pair")}
      {list(
        photos.filter((item) => !paired.includes(item)),
        t("photos"),
        "",
      )}
      {sounds.length > 0 && (
        <ul class="notes" aria-label={t("recordings")}>
          {sounds.map((item) => (
            <SoundItem key={item.id} item={item} name={captionOf(item)} />
          ))}
        </ul>
      )}
      {others.map((item) => (
        <p key={item.id} class="quiet">
          {captionOf(item)}: {t(item.state === "refused" ? "refused_file" : "not_ready")}
        </p>
      ))}
      {large !== null && <PhotoViewer photos={photos} at={large} captionOf={captionOf} onTurn={setLarge} />}
    </>
  );
}

/** One photo in full size: arrow keys turn, Escape closes, the focus returns. */
function PhotoViewer(props: {
  photos: Media[];
  at: number;
  captionOf: (item: Media) => string;
  onTurn: (at: number | null) => void;
}) {
  const t = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const { photos, at } = props;
  const photo = photos[at];
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const close = () => {
    dialog.current?.close(); // the browser returns the focus
    props.onTurn(null);
  };
  if (!photo) return null;
  const turn = (by: number) => props.onTurn((at + by + photos.length) % photos.length);
  const keys = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") turn(-1);
    else if (event.key === "ArrowRight") turn(1);
    else return;
    event.preventDefault();
  };
  const place = t("photo_n_of", { n: at + 1, m: photos.length });
  return (
    <dialog
      class="large"
      ref={dialog}
      aria-label={t("show_large")}
      onKeyDown={keys}
      onCancel={(event) => (event.preventDefault(), close())}
      data-testid="large"
    >
      <p class="buttons">
        <span role="status">
          {place}: {props.captionOf(photo)}
        </span>
        {photos.length > 1 && (
          <button type="button" onClick={() => turn(-1)}>
            {t("photo_before")}
          </button>
        )}
        {photos.length > 1 && (
          <button type="button" onClick={() => turn(1)}>
            {t("photo_after")}
          </button>
        )}
        <button type="button" onClick={close} data-testid="close">
          {t("close")}
        </button>
      </p>
      <ApiImage key={photo.id} path={contentPath(photo)} alt={props.captionOf(photo)} />
    </dialog>
  );
}

function SoundItem(props: { item: Media; name: string }) {
  const t = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      {isOpen ? (
        <SoundPlayer path={contentPath(props.item)} name={props.name} />
      ) : (
        <button
          type="button"
          onClick={() => setOpen(true)}
          aria-label={`${t("play")}: ${props.name}`}
          data-testid="play"
        >
          <span aria-hidden="true">▶ </span>
          {t("play")}
        </button>
      )}
      <small>{props.name}</small>
    </li>
  );
}

function SoundPlayer(props: { path: string; name: string }) {
  const t = useTranslation();
  const { url, failed } = useObjectUrl(props.path);
  const player = useRef<HTMLAudioElement>(null);
  const [isMute, setMute] = useState(false);
  useEffect(() => {
    if (!url) return;
    player.current?.focus();
    // If the browser blocks autoplay, the user presses the player's own button.
    player.current?.play().catch(() => undefined);
  }, [url]);
  if (failed !== null) return <ErrorMessage error={failed} />;
  if (isMute)
    return (
      <p class="trouble" role="alert">
        {t("no_sound")}
      </p>
    );
  return url ? (
    <audio ref={player} controls src={url} aria-label={props.name} onError={() => setMute(true)} data-testid="sound" />
  ) : (
    <span class="quiet" role="status">
      {t("loading")}
    </span>
  );
}
