// Photos and voice notes of a case: before and after side by side, one large with the keys of the keyboard, sound played on demand.
import { useEffect, useRef, useState } from "preact/hooks";
import { useObjectUrl } from "../hooks/use-object-url";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Picture } from "../ui/api-image";
import { Trouble } from "../ui/error-message";
import { Ready } from "../ui/loaded";
import { MEDIA } from "../words/codes";

type Media = Schemas["MediaOut"];
const content = (one: Media) => `/api/v1/media/${one.id}/content`;

export function Photos(props: { id: string }) {
  const t = useWords();
  const found = useLoaded(
    () => load(client.GET("/api/v1/incidents/{incident_id}/media", { params: { path: { incident_id: props.id } } })),
    `media ${props.id}`,
  );
  return (
    <section aria-labelledby="photos" data-testid="photos">
      <h2 id="photos">{t("photos")}</h2>
      <Ready of={found}>
        {(data) => (data.items?.length ? <Shown of={data.items} /> : <p class="quiet">{t("no_photos")}</p>)}
      </Ready>
    </section>
  );
}

function Shown(props: { of: Media[] }) {
  const t = useWords();
  const [large, setLarge] = useState<number | null>(null);
  const isPhoto = (one: Media) => one.kind !== "voice";
  // As they are looked through: before, after, then the rest by time.
  const rank = (one: Media) => ["before", "after"].indexOf(one.kind ?? "") + 1 || 3;
  const photos = props.of.filter((one) => isPhoto(one) && one.state === "ready").sort((a, b) => rank(a) - rank(b));
  const sounds = props.of.filter((one) => !isPhoto(one) && one.state === "ready");
  const others = props.of.filter((one) => one.state !== "ready");
  const isPair = ["before", "after"].every((kind) => photos.some((one) => one.kind === kind));
  const paired = isPair ? photos.filter((one) => rank(one) < 3) : [];
  const list = (some: Media[], label: string, style: string) =>
    some.length > 0 && (
      <ul class={`photos ${style}`} aria-label={label}>
        {some.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              class="bare"
              aria-label={`${t("show_large")}: ${named(one)}`}
              onClick={() => setLarge(photos.indexOf(one))}
              data-testid={`photo-${one.kind}`}
            >
              <Picture path={`/api/v1/media/${one.id}/thumbnail`} alt={named(one)} />
            </button>
            <small>{named(one)}</small>
          </li>
        ))}
      </ul>
    );
  const named = (one: Media) => `${t.code(MEDIA, one.kind)} ${t.at(one.created_at)}`;
  return (
    <>
      {list(paired, t("before_after"), "pair")}
      {list(photos.filter((one) => !paired.includes(one)), t("photos"), "")}
      {sounds.length > 0 && (
        <ul class="notes" aria-label={t("recordings")}>
          {sounds.map((one) => <Sound key={one.id} of={one} name={named(one)} />)}
        </ul>
      )}
      {others.map((one) => (
        <p key={one.id} class="quiet">{named(one)}: {t(one.state === "refused" ? "refused_file" : "not_ready")}</p>
      ))}
      {large !== null && <Large of={photos} at={large} named={named} onTurn={setLarge} />}
    </>
  );
}

/** One photo as large as the window: arrow keys turn, Escape closes, and the focus goes back to where it was. */
function Large(props: { of: Media[]; at: number; named: (one: Media) => string; onTurn: (at: number | null) => void }) {
  const t = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const { of, at } = props;
  const one = of[at];
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const close = () => {
    dialog.current?.close(); // the browser gives the focus back
    props.onTurn(null);
  };
  if (!one) return null;
  const turn = (by: number) => props.onTurn((at + by + of.length) % of.length);
  const keys = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") turn(-1);
    else if (event.key === "ArrowRight") turn(1);
    else return;
    event.preventDefault();
  };
  const place = t("photo_n_of", { n: at + 1, m: of.length });
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
        <span role="status">{place}: {props.named(one)}</span>
        {of.length > 1 && <button type="button" onClick={() => turn(-1)}>{t("photo_before")}</button>}
        {of.length > 1 && <button type="button" onClick={() => turn(1)}>{t("photo_after")}</button>}
        <button type="button" onClick={close} data-testid="close">{t("close")}</button>
      </p>
      <Picture key={one.id} path={content(one)} alt={props.named(one)} />
    </dialog>
  );
}

function Sound(props: { of: Media; name: string }) {
  const t = useWords();
  const [isAsked, setAsked] = useState(false);
  return (
    <li>
      {isAsked ? (
        <Player path={content(props.of)} name={props.name} />
      ) : (
        <button type="button" onClick={() => setAsked(true)} aria-label={`${t("play")}: ${props.name}`} data-testid="play"><span aria-hidden="true">▶ </span>{t("play")}</button>
      )}
      <small>{props.name}</small>
    </li>
  );
}

function Player(props: { path: string; name: string }) {
  const t = useWords();
  const { url, failed } = useObjectUrl(props.path);
  const player = useRef<HTMLAudioElement>(null);
  const [isMute, setMute] = useState(false);
  useEffect(() => {
    if (!url) return;
    player.current?.focus();
    // A browser that plays nothing by itself shows its own button.
    player.current?.play().catch(() => undefined);
  }, [url]);
  if (failed !== null) return <Trouble error={failed} />;
  if (isMute) return <p class="trouble" role="alert">{t("no_sound")}</p>;
  return url ? (
    <audio ref={player} controls src={url} aria-label={props.name} onError={() => setMute(true)} data-testid="sound" />
  ) : (
    <span class="quiet" role="status">{t("loading")}</span>
  );
}
