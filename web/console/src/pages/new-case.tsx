// A new case, for a report that reaches the desk: category, description, and a place that is typed or pressed on the map.
import { Suspense } from "preact/compat";
import { useState } from "preact/hooks";
import { QuestionFields } from "../../../src/question-fields";
import { type Answers, attributesOf, type Question, unanswered, wordsWithAnswers } from "../../../src/questions";
import { placeWords } from "../../../src/place-words";
import { useCategories } from "../hooks/reference-data";
import { useZone } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate } from "../navigation";
import { lazyPage } from "../page-errors";
import { PlaceSearch } from "../places/place-search";
import { callApi, client, type Schemas } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { instantFromField } from "../zone-time";

const PlacePickerMap = lazyPage(() => import("../places/place-picker-map"));
const DIGITS = 7;

export default function NewCasePage() {
  const t = useTranslation();
  const zone = useZone();
  const byCode = useCategories();
  const categories = [...byCode.values()];
  const [code, setCode] = useState("");
  const [answers, setAnswers] = useState<Answers>({});
  const [isChecked, setChecked] = useState(false); // the form was submitted: questions without an answer are named
  const questions = (byCode.get(code)?.questions ?? []) as Question[];
  const missing = isChecked ? unanswered(questions, answers) : [];
  const mutation = useMutation();
  const [at, setAt] = useState<[number, number] | null>(null);
  const [placeId, setPlaceId] = useState<string | null>(null);
  const [mapError, setMapError] = useState<unknown>(null);
  const [isPlaceMissing, setPlaceMissing] = useState(false);
  const near = useQuery(
    () =>
      at
        ? callApi(client.GET("/api/v1/places/near", { params: { query: { lon: at[0], lat: at[1] } } }))
        : Promise.resolve(null),
    `near ${at?.join()}`,
    false,
  );
  const choose = (point: [number, number], id: string | null) => {
    setAt([Number(point[0].toFixed(DIGITS)), Number(point[1].toFixed(DIGITS))]);
    setPlaceId(id);
    setPlaceMissing(false);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setPlaceMissing(at === null);
    // The browser checks all other questions: of several choices it cannot require one.
    setChecked(true);
    if (at === null || unanswered(questions, answers).length > 0) return;
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(formData.get(name) ?? "").trim();
    const place = placeId ? { place_id: placeId } : { lon: at[0], lat: at[1] };
    const category = code || "unclassified";
    const description = wordsWithAnswers(t.language, text("description"), questions, answers);
    const attributes = attributesOf(questions, answers, (local) => instantFromField(zone, local));
    const body: Schemas["ReportIncident"] = {
      ...{ category, description, coord_sys: "wgs84", attributes },
      ...place,
    };
    let id: string | undefined;
    const isDone = await mutation.run(async (key) => {
      const headers = { "Idempotency-Key": key };
      ({ id } = await callApi(client.POST("/api/v1/incidents", { headers, body })));
    });
    if (isDone && id) navigate(`case/${id}`);
  };
  const words = placeWords(t.language, near.data?.place) || t.named(near.data?.grid?.name);
  return (
    <Page title={t("new_case")} testid="new-case">
      <form class="act new-case" onSubmit={(event) => void submit(event)} aria-label={t("new_case")}>
        <div>
          <label>
            {t("category")}
            <select
              name="category"
              key={categories.length}
              value={code}
              onChange={(event) => (setCode(event.currentTarget.value), setAnswers({}), setChecked(false))}
            >
              <option value="">{t("choose")}</option>
              {categories.map((option) => (
                <option key={option.code} value={option.code}>
                  {option.code} {t.named(option.name)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("new_case_description")}
            <textarea name="description" rows={4} maxLength={4000} required />
          </label>
          <QuestionFields
            questions={questions}
            language={t.language}
            answers={answers}
            none={t("choose")}
            required={t("answer_needed")}
            onAnswer={(question, value) => setAnswers({ ...answers, [question]: value })}
          />
          {missing.length > 0 && (
            <p class="trouble" role="alert" data-testid="unanswered">
              {t("answers_missing", { names: t.list(missing.map(({ name }) => t.named(name))) })}
            </p>
          )}
          <PlaceSearch onChoose={(place) => choose(place.at, place.kind === "component" ? null : (place.id ?? null))} />
          <p role="status" class={isPlaceMissing ? "trouble" : ""} data-testid="chosen-place">
            {at ? (
              <>
                {t("new_case_place", { place: words })}{" "}
                <small>
                  {at[0].toFixed(5)}, {at[1].toFixed(5)}
                </small>
              </>
            ) : (
              t("new_case_no_place")
            )}
          </p>
          <MutationStatus mutation={mutation} />
          <span class="buttons">
            <button class="main" disabled={mutation.isBusy} data-testid="send-case">
              {t("new_case_send")}
            </button>
          </span>
        </div>
        <div>
          {mapError !== null && <ErrorMessage error={mapError} />}
          <Suspense fallback={<div class="map" />}>
            <PlacePickerMap at={at} onPick={(point) => choose(point, null)} onTrouble={setMapError} />
          </Suspense>
        </div>
      </form>
    </Page>
  );
}
