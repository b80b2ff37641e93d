// A report: what, where, in her words. Kept at once, sent when there is a network.
import { useEffect, useState } from "preact/hooks";
import { sought, usePinyin } from "../category-search";
import { useDraft } from "../drafts";
import { locate, rounded, useFix } from "../geolocation";
import { useCategory } from "../hooks/use-category-name";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { Photos } from "../media/photos";
import { act } from "../operations";
import { Act } from "../ui/action-button";
import { Card } from "../ui/card";
import { MapBelow } from "../ui/map-toggle";
import { Title } from "../ui/title";
import { uuid7 } from "../uuid7";

const SHOWN_AT_ONCE = 6;
const ROUGH_M = 50;

type Spot = { lon: number; lat: number; accuracy_m: number | null; from: "phone" | "hand" };

/** `spot`: the place that she set by hand; where the phone was then says nothing of now. The photos are of the case `id`. */
type Written = { id: string; category: string | null; spot: Spot | null; words: string; isDone: boolean };
const nothing = (): Written => ({ id: uuid7(), category: null, spot: null, words: "", isDone: false });

export function Report() {
  const t = useWords();
  const [first] = useState(nothing);
  const draft = useDraft("report", first);
  return (
    <>
      <Title text={t("report")} />
      {draft.isRead && <Form draft={draft} />}
    </>
  );
}

function Form(props: { draft: ReturnType<typeof useDraft<Written>> }) {
  const t = useWords();
  const { value, set, forget } = props.draft;
  const { id, category, words, isDone } = value;
  const here = useFix();
  const [found, setFound] = useState<Spot | null>(null);
  const [trouble, setTrouble] = useState("");
  const [kept, setKept] = useState(0);
  const { categories } = useWork();
  const mayFix = categories.find((some) => some.code === category)?.on_the_spot === true;
  // What she set by hand stands, whatever the phone says later.
  const spot = value.spot ?? found;
  // The first change of a report keeps its id too: what is photographed now belongs to the case that will be.
  useEffect(() => set({ id }), [id]);
  const send = async () => {
    if (spot === null) return setTrouble(t("need_place"));
    if (words.trim() === "") return setTrouble(t("need_words"));
    setTrouble("");
    const { lon, lat, accuracy_m } = spot;
    const proof = await here();
    const patch = {
      lon,
      lat,
      ...(accuracy_m === null ? {} : { accuracy_m }),
      category: category ?? "unclassified",
      description: words.trim(),
      ...(isDone && mayFix ? { handled_on_the_spot: { note: words.trim() } } : {}),
      ...proof,
    };
    await act({ entity: "incident", op: "report", id, patch });
    // The next one may be elsewhere, and about something else.
    await forget(nothing());
    setFound(null);
    setKept(kept + 1);
    scrollTo(0, 0);
  };
  return (
    <>
      {kept > 0 && words === "" && <p class="done" role="status" data-testid="report-kept">✓ {t("report_kept")}</p>}
      <Where key={`where ${kept}`} spot={spot} onFound={setFound} onSet={(spot) => set({ spot })} />
      <What key={`what ${kept}`} category={category} onCategory={(category) => set({ category })} />
      <label>
        {t("description")}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => set({ words: e.currentTarget.value })} data-testid="words" />
      </label>
      <Photos incident={id} kinds={["near"]} here={here} isDraft />
      {mayFix && (
        <label class="tick">
          <input type="checkbox" checked={isDone} onChange={(e) => set({ isDone: e.currentTarget.checked })} data-testid="on-the-spot" />
          {t("on_the_spot")}
        </label>
      )}
      {trouble && <p class="bad" role="alert">{trouble}</p>}
      <Act class="main" doing={send} data-testid="send-report">{t("send")}</Act>
    </>
  );
}

function What(props: { category: string | null; onCategory: (code: string | null) => void }) {
  const t = useWords();
  const named = useCategory();
  const { categories } = useWork();
  const [text, setText] = useState("");
  const byPinyin = usePinyin(text !== "");
  if (props.category !== null)
    return (
      <p class="chosen" data-testid="category">
        <b>{named(props.category)}</b> <button onClick={() => props.onCategory(null)}>{t("change")}</button>
      </p>
    );
  return (
    <>
      <label>
        {t("what")}
        <input type="search" placeholder={t("search_category")} value={text} onInput={(e) => setText(e.currentTarget.value)} data-testid="search-category" />
      </label>
      <div class="choices">
        {sought(categories, text, byPinyin).slice(0, SHOWN_AT_ONCE).map((some) => (
          <button key={some.code} onClick={() => props.onCategory(some.code)} data-testid={`category-${some.code}`}>
            {t.named(some.name)} <small>{t.named(some.class)}</small>
          </button>
        ))}
        <button onClick={() => props.onCategory("unclassified")}>{t("unclassified")}</button>
      </div>
    </>
  );
}

/** `onFound`: where the phone says it is; `onSet`: what she sets by hand, null when she goes by the phone again. */
function Where(props: { spot: Spot | null; onFound: (spot: Spot) => void; onSet: (spot: Spot | null) => void }) {
  const t = useWords();
  const { grids } = useWork();
  const [state, setState] = useState<"asking" | "failed" | "told">("asking");
  // One of the two numbers is no place yet.
  const [half, setHalf] = useState<{ lon?: number; lat?: number }>({});
  const { spot } = props;
  const ask = async () => {
    setState("asking");
    try {
      const fix = await locate();
      props.onFound({ lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m, from: "phone" });
      setState("told");
    } catch {
      // The browser says why in words of its own; she is told what to do instead.
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
    const { lon, lat } = { ...(spot ?? half), [name]: rounded(degrees) } as { lon?: number; lat?: number };
    if (lon === undefined || lat === undefined) setHalf({ ...half, [name]: rounded(degrees) });
    else set(lon, lat);
  };
  return (
    <Card testid="where">
      <p class="facts">
        <b>{t("place")}</b>
        {state === "asking" && <span>{t("locating")}</span>}
        {state === "failed" && spot === null && <span class="bad">{t("locate_failed")}</span>}
        {spot?.from === "phone" && spot.accuracy_m !== null && (
          <span class={spot.accuracy_m > ROUGH_M ? "bad" : ""}>{t("accuracy", { n: Math.round(spot.accuracy_m) })}</span>
        )}
        {spot?.from === "hand" && <span>{t("corrected")}</span>}
      </p>
      <div class="two">
        {(["lon", "lat"] as const).map((name) => (
          <label key={name}>
            {t(name)}
            <input inputMode="decimal" value={String((spot ?? half)[name] ?? "")} onChange={(e) => byHand(name, e.currentTarget.value)} data-testid={name} />
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
          {grids.map((grid) => <option key={grid.id} value={grid.id}>{t.named(grid.name)}</option>)}
        </select>
      </div>
      {spot && (
        <MapBelow
          word="move_on_map"
          marks={[{ id: "here", at: [spot.lon, spot.lat], words: t("place") }]}
          onMove={([lon, lat]) => set(lon, lat)}
        />
      )}
    </Card>
  );
}
