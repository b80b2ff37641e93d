// Areas that lie side by side, redrawn together: tried, found wrong in places, put right, applied as one redraw.
import type { Geometry } from "geojson";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Refused } from "../../../src/api/http";
import { Corners, Facts } from "../areas/area-forms";
import { AreasPicture } from "../areas/areas-map";
import { Findings, type Found } from "../areas/redraw-findings";
import { type Given, move, type Plan, planOf, redrawOf, shapeOf } from "../areas/topology";
import { forgetLists } from "../hooks/reference-data";
import { useMe } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { useUnsaved } from "../hooks/use-unsaved-warning";
import { go, queryOf } from "../navigation";
import { client, load, type Schemas } from "../session";
import { AreaChoice } from "../ui/area-select";
import { Trouble } from "../ui/error-message";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import type { Word } from "../words";

const BELOW: Record<string, "street" | "community" | "grid"> = { district: "street", street: "community", community: "grid" };
type Children = { parent: string; outline: Geometry; plan: Plan; at: number };

export default function AreasPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const parent = props.query.get("parent");
  const [isApplied, setApplied] = useState(false);
  const read = async (): Promise<Children | null> => {
    if (!parent) return null;
    const around = await load(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id: parent } } }));
    const level = BELOW[around.properties?.level ?? ""];
    const areas: Given[] = [];
    let cursor: string | null | undefined;
    do {
      const query = { within: parent, limit: 500, ...(level ? { level } : {}), ...(cursor ? { cursor } : {}) };
      const page: Schemas["AreaCollection"] = await load(client.GET("/api/v1/areas", { params: { query } }));
      for (const { id, properties, geometry } of page.features ?? [])
        if (properties?.parent_id === parent && geometry) areas.push({ id: id!, code: properties.code ?? "", name: properties.name ?? {}, geometry: geometry as Given["geometry"] });
      cursor = page.next;
    } while (cursor);
    return { parent, outline: around.geometry as unknown as Geometry, plan: planOf(areas), at: Date.now() };
  };
  const list = useLoaded(read, `areas in ${parent}`, false);
  return (
    <Page
      title={t("areas")}
      testid="areas"
      tools={<label class="inline">{t("children_of")}<AreaChoice name="parent" none={t("choose")} chosen={parent} only={["district", "street", "community"]} onChoose={(id) => go(`areas?${queryOf({ parent: id })}`)} /></label>}
    >
      {!parent ? (
        <p class="quiet">{t("choose_parent")}</p>
      ) : (
        <Ready of={list}>
          {(found) => found && (found.plan.parts.length ? <Editor key={found.at} of={found} isApplied={isApplied} onApplied={() => (setApplied(true), forgetLists(), list.reload())} /> : <p class="quiet">{t("no_children")}</p>)}
        </Ready>
      )}
    </Page>
  );
}

type History = { past: Plan[]; now: Plan; future: Plan[]; moving: number | null };

/** What was not saved when a session ended; for whoever drew it, in memory only. */
let draft: { whose: string; parent: string; before: Plan; history: History } | null = null;

/** Taken up again, unless the areas are others by now. */
function takeDraft(whose: string, parent: string, before: Plan): { history: History | null; word: Word | null } {
  const found = draft?.whose === whose && draft.parent === parent ? draft : null;
  draft = null;
  if (!found) return { history: null, word: null };
  const isSame = JSON.stringify(found.before) === JSON.stringify(before);
  return isSame ? { history: found.history, word: "drawn_before" } : { history: null, word: "draft_outdated" };
}

function Editor(props: { of: Children; isApplied: boolean; onApplied: () => void }) {
  const t = useWords();
  const { parent, outline, plan: before } = props.of;
  const me = useMe();
  const [taken] = useState(() => takeDraft(me.id, parent, before));
  const [history, setHistory] = useState<History>(taken.history ?? { past: [], now: before, future: [], moving: null });
  const [part, setPart] = useState<string | null>(before.parts[0]?.key ?? null);
  const [corner, setCorner] = useState<number | null>(null);
  const [said, setSaid] = useState(() => (taken.word ? t(taken.word) : props.isApplied ? t("redraw_applied") : ""));
  const [found, setFound] = useState<Found | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const doing = useDoing();
  // What had the focus went with the editor before.
  useEffect(() => void (props.isApplied && document.querySelector("h1")?.focus()), []);
  const plan = history.now;
  const chosen = plan.parts.find((one) => one.key === part) ?? null;
  const redraw = useMemo(() => redrawOf(before, plan), [before, plan]);
  const isChanged = redraw.replaces.length + redraw.areas.length > 0;
  const isSaved = useRef(false);
  useUnsaved(isChanged ? t("not_saved") : null, () => {
    if (!isSaved.current) draft = { whose: me.id, parent, before, history };
  });

  /** A step that can be undone; keys that move one corner are one step together. */
  const step = (next: Plan, words: string, moving: number | null = null) => {
    setHistory((then) => ({ past: moving !== null && then.moving === moving ? then.past : [...then.past, then.now], now: next, future: [], moving }));
    setFound(null);
    doing.clear();
    setSaid(words);
  };
  const turn = (isBack: boolean) => {
    setHistory(({ past, now, future }) =>
      isBack && past.length ? { past: past.slice(0, -1), now: past.at(-1)!, future: [now, ...future], moving: null }
      : !isBack && future.length ? { past: [...past, now], now: future[0]!, future: future.slice(1), moving: null }
      : { past, now, future, moving: null },
    );
    setFound(null);
    setCorner(null);
    setSaid(t(isBack ? "undone" : "redone"));
  };

  const send = async (event: SubmitEvent, dry_run: boolean) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const reason = String(new FormData(form).get("reason")).trim();
    const isDone = await doing.run(async (key) => {
      const params = { query: { dry_run }, header: dry_run ? {} : { "Idempotency-Key": key } };
      const body = { parent_id: parent, ...redraw, reason: reason || "-" } as unknown as Schemas["RedrawAreas"];
      try {
        const answer = await load(client.POST("/api/v1/areas/redraw", { params, body }));
        setFound({ ...answer, plan });
      } catch (error) {
        if (error instanceof Refused && error.code === "findings") setFound({ findings: error.problem["findings"] as Schemas["Finding"][], is_possible: false, plan });
        throw error;
      }
    });
    setPointed(null);
    if (!isDone || dry_run) return;
    isSaved.current = true;
    props.onApplied();
  };

  const findings = useMemo(() => placed(found, plan), [found, plan]);
  const look = pointed === null ? null : (findings[pointed]?.place ?? null);
  const seen = useMemo(
    () => ({ plan, outline, part, corner, findings: findings.flatMap((one, n) => (one.place ? [{ place: one.place, severity: one.severity, isChosen: n === pointed }] : [])) }),
    [plan, outline, part, corner, findings, pointed],
  );
  return (
    <>
      <p class="quiet">{t("areas_help")}</p>
      <p role="status" class="good" data-testid="said">{said}</p>
      {trouble !== null && <Trouble error={trouble} />}
      <div class="maps">
        <div>
          <AreasPicture
            key={t.language}
            seen={seen}
            look={look}
            onPart={(key) => (setPart(key), setCorner(null))}
            onCorner={(one) => {
              setCorner(one);
              if (!chosen?.rings.some((ring) => ring.includes(one))) setPart(plan.parts.find((other) => other.rings.some((ring) => ring.includes(one)))?.key ?? part);
            }}
            onChange={(next, one) => (setCorner(one), step(next, t("corner_pulled", { at: next.corners[one]!.map((degrees) => degrees.toFixed(6)).join(", ") })))}
            onTrouble={setTrouble}
          />
          <span class="buttons history">
            <button type="button" disabled={history.past.length === 0} onClick={() => turn(true)} data-testid="undo">{t("undo")}</button>
            <button type="button" disabled={history.future.length === 0} onClick={() => turn(false)} data-testid="redo">{t("redo")}</button>
            {history.past.length > 0 && (
              <button type="button" class="plain" onClick={() => step(before, "")} data-testid="start-over">{t("start_over")}</button>
            )}
          </span>
          <form class="act" onSubmit={(event) => void send(event, (event.submitter as HTMLButtonElement | null)?.value !== "apply")} data-testid="redraw-form">
            <p data-testid="changes">{isChanged ? t("changes_n", { n: Math.max(redraw.areas.length, redraw.replaces.length) }) : t("no_changes")}</p>
            <label>{t("redraw_reason")}<input name="reason" maxLength={1000} required /></label>
            <span class="buttons">
              <button value="try" formNoValidate disabled={!isChanged || doing.isBusy} data-testid="dry-run">{t("dry_run")}</button>
              <button class="main" value="apply" disabled={!isChanged || doing.isBusy} data-testid="apply">{t("apply_redraw")}</button>
            </span>
            <Told of={doing} />
          </form>
          {found && <Findings of={found} pointed={pointed} onPoint={setPointed} />}
        </div>
        <div>
          <h2 id="areas-in">{t("list_of_areas")}</h2>
          <ul class="inview" aria-labelledby="areas-in" data-testid="area-list">
            {plan.parts.map((one) => (
              <li key={one.key}>
                <button type="button" class="plain" aria-pressed={one.key === part} onClick={() => (setPart(one.key), setCorner(null))} data-testid={`area-${one.code}`}>
                  {t.named(one.name) || one.code}
                </button>{" "}
                <small>{one.code}</small> {one.id === null ? <span class="tag">{t("new_mark")}</span> : redraw.replaces.includes(one.id) && <span class="tag">{t("changed_mark")}</span>}
              </li>
            ))}
          </ul>
          {chosen && <Corners plan={plan} part={chosen} corner={corner} onCorner={setCorner} step={step} move={move} say={setSaid} />}
          {chosen && <Facts key={chosen.key} plan={plan} part={chosen} step={(next, words, key) => (step(next, words), setCorner(null), key && setPart(key))} say={setSaid} />}
        </div>
      </div>
    </>
  );
}

/** Each finding with where it is: its own place, else the areas that it names. */
function placed(found: Found | null, plan: Plan): { place: Geometry | null; severity: string }[] {
  return (found?.findings ?? []).map((one) => {
    const named = plan.parts.filter((part) => one.area_codes?.includes(part.code)).map((part) => shapeOf(plan, part));
    const land = named.flatMap((shape) => (shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates));
    const place = (one.place as Geometry | null | undefined) ?? (land.length ? ({ type: "MultiPolygon", coordinates: land } as unknown as Geometry) : null);
    return { place, severity: one.severity ?? "" };
  });
}
