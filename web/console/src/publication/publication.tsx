// What the public sees of a case: a person decides about words and photos, blackens parts of photos, or hides the case.
import { useState } from "preact/hooks";
import { splitAtTelephones } from "../../../src/telephone";
import { Refused } from "../../../src/api/http";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { ApiImage } from "../ui/api-image";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { MEDIA } from "../words/codes";
import { BoxEditor } from "./box-editor";
import { boxStyle } from "./box-geometry";

type Release = Schemas["ReleaseOut"];
const PHOTOS_MAX = 5;
const WORDS_MAX = 4000;

export default function Publication(props: { id: string }) {
  const t = useTranslation();
  const [saved, setSaved] = useState<Release | null>(null);
  const query = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/incidents/{incident_id}/publication", { params: { path: { incident_id: props.id } } }),
      ),
    `publication ${props.id}`,
    false,
  );
  // The case is of an area in which the reader may not release.
  if (query.error instanceof Refused && query.error.status === 404) return null;
  return (
    <section aria-labelledby="publication" data-testid="publication">
      <h2 id="publication">{t("publication")}</h2>
      <Loaded query={query}>
        {(loaded) => <ReleaseForm id={props.id} release={saved ?? loaded} onSaved={setSaved} />}
      </Loaded>
    </section>
  );
}

function ReleaseForm(props: { id: string; release: Release; onSaved: (release: Release) => void }) {
  const t = useTranslation();
  const { release } = props;
  const mutation = useMutation();
  const [hasWords, setHasWords] = useState(release.words !== null);
  const [words, setWords] = useState(release.words ?? release.proposed_words ?? "");
  const [photoIds, setPhotoIds] = useState<string[]>(release.photo_ids ?? []);
  const [isHidden, setHidden] = useState(release.is_hidden ?? false);
  const isNeverPublic = release.publicity === "not_public";
  const photos = release.publicity === "public" ? (release.photos ?? []) : [];
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const body = { words: hasWords && words.trim() ? words.trim() : null, photo_ids: photoIds, is_hidden: isHidden };
    await mutation.run(async () => {
      const next = await callApi(
        client.PUT("/api/v1/incidents/{incident_id}/publication", {
          params: { path: { incident_id: props.id } },
          body,
        }),
      );
      props.onSaved(next);
    });
  };
  const choosePhoto = (id: string, isChosen: boolean) => {
    mutation.clear();
    setPhotoIds(isChosen ? [...photoIds, id] : photoIds.filter((other) => other !== id));
  };
  if (isNeverPublic) return <p data-testid="publication-state">{t("never_public")}</p>;
  return (
    <>
      <ReleaseState release={release} />
      <form class="act" onSubmit={(event) => void submit(event)} data-testid="release-form">
        <ReportedWords words={release.reported_words ?? ""} />
        <label class="check">
          <input
            type="checkbox"
            name="has_words"
            checked={hasWords}
            onChange={(event) => (mutation.clear(), setHasWords(event.currentTarget.checked))}
          />{" "}
          {t("release_words")}
        </label>
        {hasWords && (
          <label>
            {t("public_words")}
            <textarea
              name="words"
              rows={4}
              maxLength={WORDS_MAX}
              required
              value={words}
              onInput={(event) => (mutation.clear(), setWords(event.currentTarget.value))}
            />
          </label>
        )}
        {hasWords && <TelephoneWarning words={words} />}
        <PhotoChoice
          id={props.id}
          photos={photos}
          chosen={photoIds}
          hasCategory={release.publicity === "public"}
          onChoose={choosePhoto}
          onSaved={props.onSaved}
        />
        <label class="check">
          <input
            type="checkbox"
            name="is_hidden"
            checked={isHidden}
            onChange={(event) => (mutation.clear(), setHidden(event.currentTarget.checked))}
          />{" "}
          {t("hide_case")}
        </label>
        <span class="buttons wrap">
          <button class="main" disabled={mutation.isBusy || photoIds.length > PHOTOS_MAX} data-testid="save-release">
            {t("save_release")}
          </button>
          <MutationStatus mutation={mutation} doneText={t("release_saved")} />
        </span>
      </form>
    </>
  );
}

/** What everybody sees now, and since when. */
function ReleaseState(props: { release: Release }) {
  const t = useTranslation();
  const { release } = props;
  const page = release.pages?.[t.language === "en" ? "en" : "zh"];
  const parts = release.is_hidden
    ? [t("public_sees_nothing")]
    : [
        t("public_sees_case"),
        t(release.words === null ? "public_sees_no_words" : "public_sees_words"),
        ...(release.publicity === "public"
          ? [t("public_sees_photos", { n: release.photo_ids?.length ?? 0, m: release.photos?.length ?? 0 })]
          : []),
      ];
  return (
    <div data-testid="publication-state">
      <p>{parts.join(" ")}</p>
      <p>
        <small>{release.updated_at ? t("decided_at", { at: t.at(release.updated_at) }) : t("nothing_decided")}</small>{" "}
        {page && (
          <a href={page} target="_blank" rel="noreferrer" data-testid="public-page">
            {t("public_page")}
          </a>
        )}
        {!page && !release.is_hidden && <small>{t("no_public_page")}</small>}
      </p>
    </div>
  );
}

/** The words as they were reported; telephone numbers are marked. */
function ReportedWords(props: { words: string }) {
  const t = useTranslation();
  return (
    <div>
      <b>{t("reported_words")}</b>
      <p class="words" data-testid="reported-words">
        {props.words ? <MarkedTelephones text={props.words} /> : <span class="quiet">{t("no_words")}</span>}
      </p>
    </div>
  );
}

function MarkedTelephones(props: { text: string }) {
  return (
    <>
      {splitAtTelephones(props.text).map(({ text, tel }, n) =>
        tel === undefined ? text : <mark key={n}>{text}</mark>,
      )}
    </>
  );
}

function TelephoneWarning(props: { words: string }) {
  const t = useTranslation();
  const numbers = splitAtTelephones(props.words).filter(({ tel }) => tel !== undefined);
  return (
    <div role="status" data-testid="telephone-warning">
      {numbers.length > 0 && (
        <p class="warning">
          {t("telephones_in_words", { n: numbers.length })}{" "}
          {numbers.map(({ text }, n) => (
            <mark key={n}>{text}</mark>
          ))}
        </p>
      )}
    </div>
  );
}

function PhotoChoice(props: {
  id: string;
  photos: Schemas["ReleasePhoto"][];
  chosen: string[];
  hasCategory: boolean;
  onChoose: (id: string, isChosen: boolean) => void;
  onSaved: (release: Release) => void;
}) {
  const t = useTranslation();
  const [edited, setEdited] = useState<Schemas["ReleasePhoto"] | null>(null);
  const nameOf = (photo: Schemas["ReleasePhoto"]) => `${t.code(MEDIA, photo.kind)} ${t.at(photo.created_at)}`;
  if (!props.hasCategory) return <p class="quiet">{t("category_without_photos")}</p>;
  if (!props.photos.length) return <p class="quiet">{t("no_photos_to_release")}</p>;
  return (
    <div>
      <b>{t("photos_of_case")}</b>
      <ul class="release-photos" data-testid="release-photos">
        {props.photos.map((photo) => (
          <li key={photo.id} data-testid={`release-photo-${photo.id}`}>
            <span class="box-canvas still">
              <ApiImage path={`/api/v1/media/${photo.id}/thumbnail`} alt={nameOf(photo)} />
              {(photo.boxes ?? []).map((box, n) => (
                <span key={n} class="black-box" style={boxStyle(box)} />
              ))}
            </span>
            <span>
              {nameOf(photo)}
              <small data-testid="photo-state">
                {t(photo.is_released ? "photo_released" : "photo_not_released")}
                {photo.boxes?.length ? ` · ${t("boxes_drawn", { n: photo.boxes.length })}` : ""}
              </small>
            </span>
            <label class="check">
              <input
                type="checkbox"
                checked={props.chosen.includes(photo.id ?? "")}
                onChange={(event) => props.onChoose(photo.id ?? "", event.currentTarget.checked)}
              />{" "}
              {t("release_photo")}
              <span class="unseen">: {nameOf(photo)}</span>
            </label>
            <button type="button" class="small" onClick={() => setEdited(photo)} data-testid="blacken">
              {t("blacken")}
              <span class="unseen">: {nameOf(photo)}</span>
            </button>
          </li>
        ))}
      </ul>
      {props.chosen.length > PHOTOS_MAX && <p class="bad">{t("photos_at_most", { n: PHOTOS_MAX })}</p>}
      {edited && (
        <BoxEditor
          incidentId={props.id}
          photo={edited}
          name={nameOf(edited)}
          onClose={() => setEdited(null)}
          onDone={(release) => (setEdited(null), props.onSaved(release))}
        />
      )}
    </div>
  );
}
