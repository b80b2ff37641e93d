// A report: what, where, in her words. Kept at once, sent when there is a network.
import { useEffect, useState } from "preact/hooks";
import { act } from "../device";
import { uuid7 } from "../ids";
import { sought, usePinyin } from "../search";
import { Card, type Fix, locate, rounded, useWords, useWork } from "../ui";
import { MapBelow } from "./maps";
import { Photos } from "./photos";
import { useCategory } from "./tasks";

const SHOWN_AT_ONCE = 6;
const ROUGH_M = 50;

type Spot = { lon: number; lat: number; accuracy_m: number | null; from: "phone" | "hand" };

export function Report() {
  const t = useWords();
  const [category, setCategory] = useState<string | null>(null);
  const [spot, setSpot] = useState<Spot | null>(null);
  const [fix, setFix] = useState<Fix | null>(null);
  const [words, setWords] = useState("");
  const [isDone, setDone] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [id, setId] = useState(uuid7);
  const [kept, setKept] = useState(0);
  const { categories } = useWork();
  const mayFix = categories.find((some) => some.code === category)?.on_the_spot === true;
  const send = async () => {
    if (spot === null) return setTrouble(t("need_place"));
    if (words.trim() === "") return setTrouble(t("need_words"));
    setTrouble("");
    const { lon, lat, accuracy_m } = spot;
    const patch = {
      lon,
      lat,
      ...(accuracy_m === null ? {} : { accuracy_m }),
      category: category ?? "unclassified",
      description: words.trim(),
      ...(isDone && mayFix ? { handled_on_the_spot: { note: words.trim() } } : {}),
      ...(fix ? { fix } : {}),
    };
    await act({ entity: "incident", op: "report", id, patch });
    setWords("");
    setCategory(null);
    setDone(false);
    // The next one may be elsewhere, and about something else.
    setSpot(null);
    setId(uuid7());
    setKept(kept + 1);
    scrollTo(0, 0);
  };
  return (
    <>
      <h2>{t("report")}</h2>
      {kept > 0 && words === "" && <p class="done" role="status" data-testid="report-kept">✓ {t("report_kept")}</p>}
      <Where key={`where ${kept}`} spot={spot} onSpot={setSpot} onFix={setFix} />
      <What key={`what ${kept}`} category={category} onCategory={setCategory} />
      <label>
        {t("description")}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid="words" />
      </label>
      <Photos incident={id} kinds={["near"]} here={() => (fix ? { fix } : {})} />
      {mayFix && (
        <label class="tick">
          <input type="checkbox" checked={isDone} onChange={(e) => setDone(e.currentTarget.checked)} data-testid="on-the-spot" />
          {t("on_the_spot")}
        </label>
      )}
      {trouble && <p class="bad" role="alert">{trouble}</p>}
      <button class="main" onClick={() => void send()} data-testid="send-report">{t("send")}</button>
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

function Where(props: { spot: Spot | null; onSpot: (spot: Spot) => void; onFix: (fix: Fix | null) => void }) {
  const t = useWords();
  const { grids } = useWork();
  const [state, setState] = useState<"asking" | "failed" | "told">("asking");
  const { spot } = props;
  const ask = async () => {
    setState("asking");
    try {
      const fix = await locate();
      props.onFix(fix);
      props.onSpot({ lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m, from: "phone" });
      setState("told");
    } catch {
      // The browser says why in words of its own; she is told what to do instead.
      props.onFix(null);
      setState("failed");
    }
  };
  useEffect(() => void ask(), []);
  const byHand = (name: "lon" | "lat", text: string) => {
    const degrees = Number(text);
    if (text.trim() === "" || !Number.isFinite(degrees) || Math.abs(degrees) > (name === "lon" ? 180 : 90)) return;
    props.onSpot({ lon: spot?.lon ?? 0, lat: spot?.lat ?? 0, accuracy_m: null, from: "hand", [name]: rounded(degrees) });
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
            <input inputMode="decimal" value={spot ? String(spot[name]) : ""} onChange={(e) => byHand(name, e.currentTarget.value)} data-testid={name} />
          </label>
        ))}
      </div>
      <div class="two">
        <button onClick={() => void ask()}>{t("locate")}</button>
        <select
          aria-label={t("grid_middle")}
          value=""
          onChange={(e) => {
            const middle = grids.find((grid) => grid.id === e.currentTarget.value)?.middle;
            if (middle) props.onSpot({ lon: middle[0], lat: middle[1], accuracy_m: null, from: "hand" });
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
          onMove={([lon, lat]) => props.onSpot({ lon, lat, accuracy_m: null, from: "hand" })}
        />
      )}
    </Card>
  );
}
