// The form for a new report. It is queued at once and sent when there is a network.
import { useEffect, useState } from "preact/hooks";
import { searchCategories, usePinyin } from "../category-search";
import { useDraft } from "../drafts";
import { locate, roundDegrees, useFix } from "../geolocation";
import { useCategoryName } from "../hooks/use-category-name";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { Photos } from "../media/photos";
import { enqueueOperations } from "../operations";
import { ActionButton } from "../ui/action-button";
import { Card } from "../ui/card";
import { MapToggle } from "../ui/map-toggle";
import { Title } from "../ui/title";
import { uuid7 } from "../../../sync-client/src/index";

const MAX_SHOWN = 6;
const INACCURATE_FROM_M = 50;

type ReportPlace = { lon: number; lat: number; accuracy_m: number | null; from: "phone" | "hand" };

/**
 * `spot`: the place that was set by hand; the phone's position is not stored, as it is outdated later. Photos refer to
 * the case `id`.
 */
type ReportDraft = { id: string; category: string | null; spot: ReportPlace | null; words: string; isDone: boolean };
const emptyDraft = (): ReportDraft => ({ id: uuid7(), category: null, spot: null, words: "", isDone: false });

export function ReportPage() {
  const t = useTranslation();
  const [first] = useState(emptyDraft);
  const draft = useDraft("report", first);
  return (
    <>
      <Title text={t("report")} />
      {draft.isRead && <ReportForm draft={draft} />}
    </>
  );
}

function ReportForm(props: { draft: ReturnType<typeof useDraft<ReportDraft>> }) {
  const t = useTranslation();
  const { value, set, forget } = props.draft;
  const { id, category, words, isDone } = value;
  const getFix = useFix();
  const [phoneSpot, setPhoneSpot] = useState<ReportPlace | null>(null);
  const [trouble, setTrouble] = useState("");
  const [reportCount, setReportCount] = useState(0);
  const { categories } = useWorkerState();
  const mayFix = categories.find((item) => item.code === category)?.on_the_spot === true;
  // A place that was set by hand has precedence over the phone's position.
  const spot = value.spot ?? phoneSpot;
  // The first change of a draft also stores its id: photos taken now refer to the future case.
  useEffect(() => set({ id }), [id]);
  const send = async () => {
    if (spot === null) return setTrouble(t("need_place"));
    if (words.trim() === "") return setTrouble(t("need_words"));
    setTrouble("");
    const { lon, lat, accuracy_m } = spot;
    const proof = await getFix();
    const patch = {
      lon,
      lat,
      ...(accuracy_m === null ? {} : { accuracy_m }),
      category: category ?? "unclassified",
      description: words.trim(),
      ...(isDone && mayFix ? { handled_on_the_spot: { note: words.trim() } } : {}),
      ...proof,
    };
    await enqueueOperations({ entity: "incident", op: "report", id, patch });
    // The next report may be about another place and matter.
    await forget(emptyDraft());
    setPhoneSpot(null);
    setReportCount(reportCount + 1);
    scrollTo(0, 0);
  };
  return (
    <>
      {reportCount > 0 && words === "" && (
        <p class="done" role="status" data-testid="report-kept">
          ✓ {t("report_kept")}
        </p>
      )}
      <PlaceField
        key={`where ${reportCount}`}
        spot={spot}
        onFound={setPhoneSpot}
        onSet={(newSpot) => set({ spot: newSpot })}
      />
      <CategoryField key={`what ${reportCount}`} category={category} onCategory={(category) => set({ category })} />
      <label>
        {t("description")}
        <textarea
          rows={3}
          maxLength={2000}
          value={words}
          onInput={(e) => set({ words: e.currentTarget.value })}
          data-testid="words"
        />
      </label>
      <Photos incident={id} kinds={["near"]} getFix={getFix} isDraft />
      {mayFix && (
        <label class="tick">
          <input
            type="checkbox"
            checked={isDone}
            onChange={(e) => set({ isDone: e.currentTarget.checked })}
            data-testid="on-the-spot"
          />
          {t("on_the_spot")}
        </label>
      )}
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      <ActionButton class="main" onPress={send} data-testid="send-report">
        {t("send")}
      </ActionButton>
    </>
  );
}

function CategoryField(props: { category: string | null; onCategory: (code: string | null) => void }) {
  const t = useTranslation();
  const categoryName = useCategoryName();
  const { categories } = useWorkerState();
  const [text, setText] = useState("");
  const byPinyin = usePinyin(text !== "");
  if (props.category !== null)
    return (
      <p class="chosen" data-testid="category">
        <b>{categoryName(props.category)}</b> <button onClick={() => props.onCategory(null)}>{t("change")}</button>
      </p>
    );
  return (
    <>
      <label>
        {t("what")}
        <input
          type="search"
          placeholder={t("search_category")}
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
          data-testid="search-category"
        />
      </label>
      <div class="choices">
        {searchCategories(categories, text, byPinyin)
          .slice(0, MAX_SHOWN)
          .map((match) => (
            <button
              key={match.code}
              onClick={() => props.onCategory(match.code)}
              data-testid={`category-${match.code}`}
            >
              {t.named(match.name)} <small>{t.named(match.class)}</small>
            </button>
          ))}
        <button onClick={() => props.onCategory("unclassified")}>{t("unclassified")}</button>
      </div>
    </>
  );
}

/** `onFound`: the phone's position; `onSet`: the place set by hand, null to use the phone's position again. */
function PlaceField(props: {
  spot: ReportPlace | null;
  onFound: (spot: ReportPlace) => void;
  onSet: (spot: ReportPlace | null) => void;
}) {
  const t = useTranslation();
  const { grids } = useWorkerState();
  const [state, setState] = useState<"asking" | "failed" | "told">("asking");
  // One coordinate alone is not a place.
  const [half, setHalf] = useState<{ lon?: number; lat?: number }>({});
  const { spot } = props;
  const ask = async () => {
    setState("asking");
    try {
      const fix = await locate();
      props.onFound({ lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m, from: "phone" });
      setState("told");
    } catch {
      // The browser's error text is technical; the page says what to do instead.
      setState("failed");
    }
  };
  useEffect(() => void ask(), []);
  const set = (lon: number, lat: number) => {
    setHalf({});
    props.onSet({ lon, lat, accuracy_m: null, from: "hand" });
  };
  const byHand = (name: "lon" | "lat", text: string) => {
    const degrees = Number(text);
    if (text.trim() === "" || !Number.isFinite(degrees) || Math.abs(degrees) > (name === "lon" ? 180 : 90)) return;
    const place: { lon?: number; lat?: number } = { ...(spot ?? half), [name]: roundDegrees(degrees) };
    const { lon, lat } = place;
    if (lon === undefined || lat === undefined) setHalf({ ...half, [name]: roundDegrees(degrees) });
    else set(lon, lat);
  };
  return (
    <Card testid="where">
      <p class="facts">
        <b>{t("place")}</b>
        {state === "asking" && <span>{t("locating")}</span>}
        {state === "failed" && spot === null && <span class="bad">{t("locate_failed")}</span>}
        {spot?.from === "phone" && spot.accuracy_m !== null && (
          <span class={spot.accuracy_m > INACCURATE_FROM_M ? "bad" : ""}>
            {t("accuracy", { n: Math.round(spot.accuracy_m) })}
          </span>
        )}
        {spot?.from === "hand" && <span>{t("corrected")}</span>}
      </p>
      <div class="two">
        {(["lon", "lat"] as const).map((name) => (
          <label key={name}>
            {t(name)}
            <input
              inputMode="decimal"
              value={String((spot ?? half)[name] ?? "")}
              onChange={(e) => byHand(name, e.currentTarget.value)}
              data-testid={name}
            />
          </label>
        ))}
      </div>
      <div class="two">
        <button
          onClick={() => {
            props.onSet(null);
            void ask();
          }}
          data-testid="locate"
        >
          {t("locate")}
        </button>
        <select
          aria-label={t("grid_middle")}
          value=""
          onChange={(e) => {
            const middle = grids.find((grid) => grid.id === e.currentTarget.value)?.middle;
            if (middle) set(...middle);
          }}
          data-testid="grid-middle"
        >
          <option value="">{t("grid_middle")}</option>
          {grids.map((grid) => (
            <option key={grid.id} value={grid.id}>
              {t.named(grid.name)}
            </option>
          ))}
        </select>
      </div>
      {spot && (
        <MapToggle
          labelKey="move_on_map"
          marks={[{ id: "here", at: [spot.lon, spot.lat], words: t("place") }]}
          onMove={([lon, lat]) => set(lon, lat)}
        />
      )}
    </Card>
  );
}
