// The editor of adjacent areas: they are edited together, checked by a dry run, and applied as one redraw.
import type { Geometry } from "geojson";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Refused } from "../../../src/api/http";
import { useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { useUnsavedWarning } from "../hooks/use-unsaved-warning";
import { callApi, client, type Schemas } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { applyState, isOutdated, type RedrawResult } from "./apply-state";
import { AreaForms, CornerList } from "./area-forms";
import { AreaList } from "./area-list";
import { AreasMap } from "./areas-map";
import { findingPlaces } from "./finding-places";
import { RedrawFindings } from "./redraw-findings";
import { RedrawForm } from "./redraw-form";
import { moveCorner, type RedrawDraft, redrawPayload } from "./topology";
import { storeDraft, takeStoredDraft, useDraftHistory } from "./use-draft-history";

type EditorProps = {
  parent: string;
  outline: Geometry | null;
  before: RedrawDraft;
  isApplied: boolean;
  onApplied: () => void;
};

export function AreasEditor(props: EditorProps) {
  const t = useTranslation();
  const { parent, outline, before } = props;
  const me = useMe();
  const [restored] = useState(() => takeStoredDraft(me.id, parent, before));
  const drawing = useDraftHistory(restored.history ?? { past: [], now: before, future: [], moving: null });
  const draft = drawing.history.now;
  const [areaKey, setAreaKey] = useState<string | null>(before.areas[0]?.key ?? null);
  const [corner, setCorner] = useState<number | null>(null);
  const [announcement, setAnnouncement] = useState(() =>
    restored.history
      ? t("drawn_before")
      : restored.isOutdated
        ? t("draft_outdated")
        : props.isApplied
          ? t("redraw_applied")
          : "",
  );
  const [result, setResult] = useState<RedrawResult | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const mapColumn = useRef<HTMLDivElement>(null);
  const mutation = useMutation();
  // The element with the focus was removed with the previous editor.
  useEffect(() => void (props.isApplied && document.querySelector("h1")?.focus()), []);
  const chosen = draft.areas.find((area) => area.key === areaKey) ?? null;
  const redraw = useMemo(() => redrawPayload(before, draft), [before, draft]);
  const changeCount = Math.max(redraw.areas.length, redraw.replaces.length);
  const isStale = result !== null && isOutdated(result, draft);
  const isSaved = useRef(false);
  useUnsavedWarning(changeCount ? t("not_saved") : null, () => {
    if (!isSaved.current) storeDraft(me.id, parent, before, drawing.history);
  });

  const choose = (key: string | null) => (setAreaKey(key), setCorner(null));
  /** Apply a change that can be undone. Consecutive key moves of one corner are one step. */
  const step = (next: RedrawDraft, words: string, moving: number | null = null) => {
    drawing.step(next, moving);
    mutation.clear();
    setAnnouncement(words);
  };
  const undoOrRedo = (isBack: boolean) => {
    if (isBack) drawing.undo();
    else drawing.redo();
    mutation.clear();
    setCorner(null);
    setAnnouncement(t(isBack ? "undone" : "redone"));
  };

  const places = useMemo(() => (result ? findingPlaces(result) : []), [result]);
  const state = applyState(changeCount > 0, draft, result);
  // Before it is applied, the redraw is seen as a whole.
  const focusedPlace = pointed !== null ? (places[pointed] ?? null) : state === "ready" ? outline : null;
  const show = (next: RedrawResult, n: number) => {
    setPointed(n);
    const [code] = next.findings?.[n]?.area_codes ?? [];
    const area = next.draft.areas.find((candidate) => candidate.code === code);
    if (area) choose(area.key);
  };
  const receive = (next: RedrawResult) => {
    setResult(next);
    const firstFault = next.findings?.findIndex((finding) => finding.severity === "error") ?? -1;
    if (firstFault >= 0) show(next, firstFault);
    else setPointed(null);
  };
  const send = async (reason: string, isDryRun: boolean) => {
    setAnnouncement("");
    const isDone = await mutation.run(async (key) => {
      const params = { query: { dry_run: isDryRun }, header: isDryRun ? {} : { "Idempotency-Key": key } };
      const body = { parent_id: parent, ...redraw, reason: reason || "-" } as unknown as Schemas["RedrawAreas"];
      try {
        receive({ ...(await callApi(client.POST("/api/v1/areas/redraw", { params, body }))), draft, isDryRun });
      } catch (error) {
        if (error instanceof Refused && error.code === "findings")
          receive({
            findings: error.problem["findings"] as Schemas["Finding"][],
            is_possible: false,
            draft,
            isDryRun,
          });
        throw error;
      }
    });
    if (!isDone || isDryRun) return;
    isSaved.current = true;
    props.onApplied();
  };

  const view = useMemo(
    () => ({
      draft,
      outline,
      areaKey,
      corner,
      hasCorners: true,
      findings: places.flatMap((place, n) =>
        place
          ? [
              {
                place,
                severity: result?.findings?.[n]?.severity ?? "",
                isChosen: n === pointed,
                isOutdated: isStale,
              },
            ]
          : [],
      ),
    }),
    [draft, outline, areaKey, corner, result, places, pointed, isStale],
  );
  return (
    <>
      <p class="quiet">{t("areas_help")}</p>
      <p role="status" class="good" data-testid="said">
        {announcement}
      </p>
      {trouble !== null && <ErrorMessage error={trouble} />}
      <div class="maps">
        <div ref={mapColumn}>
          <AreasMap
            key={t.language}
            view={view}
            focus={focusedPlace}
            title={t("areas_map")}
            onArea={choose}
            onTrouble={setTrouble}
            editing={{
              onCorner: (pressedCorner) => {
                setCorner(pressedCorner);
                if (!chosen?.rings.some((ring) => ring.includes(pressedCorner)))
                  setAreaKey(
                    draft.areas.find((other) => other.rings.some((ring) => ring.includes(pressedCorner)))?.key ??
                      areaKey,
                  );
              },
              onChange: (next, movedCorner) => {
                setCorner(movedCorner);
                const at = next.corners[movedCorner]!.map((degrees) => degrees.toFixed(6)).join(", ");
                step(next, t("corner_pulled", { at }));
              },
            }}
          />
          <span class="buttons history">
            <button type="button" disabled={!drawing.canUndo} onClick={() => undoOrRedo(true)} data-testid="undo">
              {t("undo")}
            </button>
            <button type="button" disabled={!drawing.canRedo} onClick={() => undoOrRedo(false)} data-testid="redo">
              {t("redo")}
            </button>
            {drawing.canUndo && (
              <button type="button" class="plain" onClick={() => step(before, "")} data-testid="start-over">
                {t("start_over")}
              </button>
            )}
          </span>
        </div>
        <div>
          <AreaList draft={draft} areaKey={areaKey} changedIds={redraw.replaces} onChoose={choose} />
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
          <RedrawForm
            state={state}
            result={result}
            changeCount={changeCount}
            mutation={mutation}
            onSend={(reason, isDryRun) => void send(reason, isDryRun)}
          />
          {result && (
            <RedrawFindings
              result={result}
              isOutdated={isStale}
              pointed={pointed}
              hasPlace={(n) => !!places[n]}
              onPoint={(n) => {
                show(result, n);
                mapColumn.current?.scrollIntoView({ block: "nearest" });
              }}
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
