// The editor of adjacent areas: they are edited together, checked by a dry run, and applied as one redraw.
import type { Geometry } from "geojson";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Refused } from "../../../src/api/http";
import { AreaForms, CornerList } from "../areas/area-forms";
import { AreasMap } from "../areas/areas-map";
import { RedrawFindings, type RedrawResult } from "../areas/redraw-findings";
import {
  type AreaInput,
  geometryOf,
  moveCorner,
  type RedrawDraft,
  redrawPayload,
  toRedrawDraft,
} from "../areas/topology";
import { clearReferenceData } from "../hooks/reference-data";
import { useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { useUnsavedWarning } from "../hooks/use-unsaved-warning";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { AreaSelect } from "../ui/area-select";
import { ErrorMessage } from "../ui/error-message";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import type { TextKey } from "../words";

const CHILD_LEVEL: Record<string, "street" | "community" | "grid"> = {
  district: "street",
  street: "community",
  community: "grid",
};
type AreaChildren = { parent: string; outline: Geometry; draft: RedrawDraft; at: number };

export default function AreasPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const parent = props.query.get("parent");
  const [isApplied, setApplied] = useState(false);
  const read = async (): Promise<AreaChildren | null> => {
    if (!parent) return null;
    const around = await callApi(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id: parent } } }));
    const level = CHILD_LEVEL[around.properties?.level ?? ""];
    const areas: AreaInput[] = [];
    let cursor: string | null | undefined;
    do {
      const query = { area_id: parent, limit: 500, ...(level ? { level } : {}), ...(cursor ? { cursor } : {}) };
      const page: Schemas["AreaCollection"] = await callApi(client.GET("/api/v1/areas", { params: { query } }));
      for (const { id, properties, geometry } of page.features ?? [])
        if (properties?.parent_id === parent && geometry)
          areas.push({
            id: id,
            code: properties.code ?? "",
            name: properties.name ?? {},
            geometry: geometry as AreaInput["geometry"],
          });
      cursor = page.next;
    } while (cursor);
    return { parent, outline: around.geometry as unknown as Geometry, draft: toRedrawDraft(areas), at: Date.now() };
  };
  const list = useQuery(read, `areas in ${parent}`, false);
  return (
    <Page
      title={t("areas")}
      testid="areas"
      tools={
        <label class="inline">
          {t("children_of")}
          <AreaSelect
            name="parent"
            none={t("choose")}
            chosen={parent}
            only={["district", "street", "community"]}
            onChoose={(id) => navigate(`areas?${queryString({ parent: id })}`)}
          />
        </label>
      }
    >
      {!parent ? (
        <p class="quiet">{t("choose_parent")}</p>
      ) : (
        <Loaded query={list}>
          {(children) =>
            children &&
            (children.draft.areas.length ? (
              <AreasEditor
                key={children.at}
                children={children}
                isApplied={isApplied}
                onApplied={() => (setApplied(true), clearReferenceData(), list.reload())}
              />
            ) : (
              <p class="quiet">{t("no_children")}</p>
            ))
          }
        </Loaded>
      )}
    </Page>
  );
}

type History = { past: RedrawDraft[]; now: RedrawDraft; future: RedrawDraft[]; moving: number | null };

/** Unsaved changes of a session that ended, for the same account; in memory only. */
let storedDraft: { accountId: string; parent: string; before: RedrawDraft; history: History } | null = null;

/** Return the stored draft, unless the areas have changed meanwhile. */
function takeStoredDraft(
  accountId: string,
  parent: string,
  before: RedrawDraft,
): { history: History | null; word: TextKey | null } {
  const draft = storedDraft?.accountId === accountId && storedDraft.parent === parent ? storedDraft : null;
  storedDraft = null;
  if (!draft) return { history: null, word: null };
  const isSame = JSON.stringify(draft.before) === JSON.stringify(before);
  return isSame ? { history: draft.history, word: "drawn_before" } : { history: null, word: "draft_outdated" };
}

function AreasEditor(props: { children: AreaChildren; isApplied: boolean; onApplied: () => void }) {
  const t = useTranslation();
  const { parent, outline, draft: before } = props.children;
  const me = useMe();
  const [restored] = useState(() => takeStoredDraft(me.id, parent, before));
  const [history, setHistory] = useState<History>(
    restored.history ?? { past: [], now: before, future: [], moving: null },
  );
  const [areaKey, setAreaKey] = useState<string | null>(before.areas[0]?.key ?? null);
  const [corner, setCorner] = useState<number | null>(null);
  const [announcement, setAnnouncement] = useState(() =>
    restored.word ? t(restored.word) : props.isApplied ? t("redraw_applied") : "",
  );
  const [result, setResult] = useState<RedrawResult | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const mutation = useMutation();
  // The element with the focus was removed with the previous editor.
  useEffect(() => void (props.isApplied && document.querySelector("h1")?.focus()), []);
  const draft = history.now;
  const chosen = draft.areas.find((area) => area.key === areaKey) ?? null;
  const redraw = useMemo(() => redrawPayload(before, draft), [before, draft]);
  const isChanged = redraw.replaces.length + redraw.areas.length > 0;
  const isSaved = useRef(false);
  useUnsavedWarning(isChanged ? t("not_saved") : null, () => {
    if (!isSaved.current) storedDraft = { accountId: me.id, parent, before, history };
  });

  /** Apply a change that can be undone. Consecutive key moves of one corner are one step. */
  const step = (next: RedrawDraft, words: string, moving: number | null = null) => {
    setHistory((then) => ({
      past: moving !== null && then.moving === moving ? then.past : [...then.past, then.now],
      now: next,
      future: [],
      moving,
    }));
    setResult(null);
    mutation.clear();
    setAnnouncement(words);
  };
  const undoOrRedo = (isBack: boolean) => {
    setHistory(({ past, now, future }) =>
      isBack && past.length
        ? { past: past.slice(0, -1), now: past.at(-1)!, future: [now, ...future], moving: null }
        : !isBack && future.length
          ? { past: [...past, now], now: future[0]!, future: future.slice(1), moving: null }
          : { past, now, future, moving: null },
    );
    setResult(null);
    setCorner(null);
    setAnnouncement(t(isBack ? "undone" : "redone"));
  };

  const send = async (event: SubmitEvent, dry_run: boolean) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const reason = String(new FormData(form).get("reason")).trim();
    const isDone = await mutation.run(async (key) => {
      const params = { query: { dry_run }, header: dry_run ? {} : { "Idempotency-Key": key } };
      const body = { parent_id: parent, ...redraw, reason: reason || "-" } as unknown as Schemas["RedrawAreas"];
      try {
        const response = await callApi(client.POST("/api/v1/areas/redraw", { params, body }));
        setResult({ ...response, draft });
      } catch (error) {
        if (error instanceof Refused && error.code === "findings")
          setResult({ findings: error.problem["findings"] as Schemas["Finding"][], is_possible: false, draft });
        throw error;
      }
    });
    setPointed(null);
    if (!isDone || dry_run) return;
    isSaved.current = true;
    props.onApplied();
  };

  const findings = useMemo(() => locateFindings(result, draft), [result, draft]);
  const focusedPlace = pointed === null ? null : (findings[pointed]?.place ?? null);
  const view = useMemo(
    () => ({
      draft,
      outline,
      areaKey,
      corner,
      findings: findings.flatMap((finding, n) =>
        finding.place ? [{ place: finding.place, severity: finding.severity, isChosen: n === pointed }] : [],
      ),
    }),
    [draft, outline, areaKey, corner, findings, pointed],
  );
  return (
    <>
      <p class="quiet">{t("areas_help")}</p>
      <p role="status" class="good" data-testid="said">
        {announcement}
      </p>
      {trouble !== null && <ErrorMessage error={trouble} />}
      <div class="maps">
        <div>
          <AreasMap
            key={t.language}
            view={view}
            focus={focusedPlace}
            onArea={(key) => (setAreaKey(key), setCorner(null))}
            onCorner={(pressedCorner) => {
              setCorner(pressedCorner);
              if (!chosen?.rings.some((ring) => ring.includes(pressedCorner)))
                setAreaKey(
                  draft.areas.find((other) => other.rings.some((ring) => ring.includes(pressedCorner)))?.key ?? areaKey,
                );
            }}
            onChange={(next, movedCorner) => (
              setCorner(movedCorner),
              step(
                next,
                t("corner_pulled", { at: next.corners[movedCorner]!.map((degrees) => degrees.toFixed(6)).join(", ") }),
              )
            )}
            onTrouble={setTrouble}
          />
          <span class="buttons history">
            <button
              type="button"
              disabled={history.past.length === 0}
              onClick={() => undoOrRedo(true)}
              data-testid="undo"
            >
              {t("undo")}
            </button>
            <button
              type="button"
              disabled={history.future.length === 0}
              onClick={() => undoOrRedo(false)}
              data-testid="redo"
            >
              {t("redo")}
            </button>
            {history.past.length > 0 && (
              <button type="button" class="plain" onClick={() => step(before, "")} data-testid="start-over">
                {t("start_over")}
              </button>
            )}
          </span>
          <form
            class="act"
            onSubmit={(event) => void send(event, (event.submitter as HTMLButtonElement | null)?.value !== "apply")}
            data-testid="redraw-form"
          >
            <p data-testid="changes">
              {isChanged
                ? t("changes_n", { n: Math.max(redraw.areas.length, redraw.replaces.length) })
                : t("no_changes")}
            </p>
            <label>
              {t("redraw_reason")}
              <input name="reason" maxLength={1000} required />
            </label>
            <span class="buttons">
              <button value="try" formNoValidate disabled={!isChanged || mutation.isBusy} data-testid="dry-run">
                {t("dry_run")}
              </button>
              <button class="main" value="apply" disabled={!isChanged || mutation.isBusy} data-testid="apply">
                {t("apply_redraw")}
              </button>
            </span>
            <MutationStatus mutation={mutation} />
          </form>
          {result && <RedrawFindings result={result} pointed={pointed} onPoint={setPointed} />}
        </div>
        <div>
          <h2 id="areas-in">{t("list_of_areas")}</h2>
          <ul class="inview" aria-labelledby="areas-in" data-testid="area-list">
            {draft.areas.map((area) => (
              <li key={area.key}>
                <button
                  type="button"
                  class="plain"
                  aria-pressed={area.key === areaKey}
                  onClick={() => (setAreaKey(area.key), setCorner(null))}
                  data-testid={`area-${area.code}`}
                >
                  {t.named(area.name) || area.code}
                </button>{" "}
                <small>{area.code}</small>{" "}
                {area.id === null ? (
                  <span class="tag">{t("new_mark")}</span>
                ) : (
                  redraw.replaces.includes(area.id) && <span class="tag">{t("changed_mark")}</span>
                )}
              </li>
            ))}
          </ul>
          {chosen && (
            <CornerList
              draft={draft}
              area={chosen}
              corner={corner}
              onCorner={setCorner}
              step={step}
              move={moveCorner}
              announce={setAnnouncement}
            />
          )}
          {chosen && (
            <AreaForms
              key={chosen.key}
              draft={draft}
              area={chosen}
              step={(next, words, key) => (step(next, words), setCorner(null), key && setAreaKey(key))}
              announce={setAnnouncement}
            />
          )}
        </div>
      </div>
    </>
  );
}

/** Return the place of each finding: its own geometry, else that of the areas that it names. */
function locateFindings(
  result: RedrawResult | null,
  draft: RedrawDraft,
): { place: Geometry | null; severity: string }[] {
  return (result?.findings ?? []).map((finding) => {
    const namedGeometries = draft.areas
      .filter((area) => finding.area_codes?.includes(area.code))
      .map((area) => geometryOf(draft, area));
    const polygons = namedGeometries.flatMap((shape) =>
      shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates,
    );
    const place =
      (finding.place as Geometry | null | undefined) ??
      (polygons.length ? ({ type: "MultiPolygon", coordinates: polygons } as unknown as Geometry) : null);
    return { place, severity: finding.severity ?? "" };
  });
}
