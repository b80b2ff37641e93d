// Forms for the selected area: its corners (moved by keys), its code and name, splitting it, and merging a neighbour into
// it.
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import {
  adjacentAreas,
  insertCorner,
  mergeAreas,
  offsetPosition,
  type DraftArea,
  areasByCorner,
  type RedrawDraft,
  type Position,
  removeCorner,
  renameArea,
  splitArea,
} from "./topology";

type ApplyStep = (draft: RedrawDraft, words: string, moving?: number | null) => void;
const STEPS_M = [1, 5, 25];
const KEYS: Record<string, readonly [east: number, north: number]> = {
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};
const degrees = (at: Position): string => at.map((degree) => degree.toFixed(6)).join(", ");

export function CornerList(props: {
  draft: RedrawDraft;
  area: DraftArea;
  corner: number | null;
  onCorner: (corner: number | null) => void;
  step: ApplyStep;
  move: (draft: RedrawDraft, corner: number, to: Position) => RedrawDraft;
  announce: (words: string) => void;
}) {
  const t = useTranslation();
  const { draft, area } = props;
  const [metres, setMetres] = useState(STEPS_M[1]!);
  const shared = useMemo(() => areasByCorner(draft), [draft]);
  const others = (corner: number) =>
    t.list(
      (shared.get(corner) ?? [])
        .filter((other) => other.key !== area.key)
        .map((other) => t.named(other.name) || other.code),
    );
  const press = (event: KeyboardEvent, corner: number, n: number, next: number) => {
    const at = draft.corners[corner]!;
    const direction = KEYS[event.key];
    if (direction) {
      const to = offsetPosition(at, direction[0] * metres, direction[1] * metres);
      const names = others(corner);
      props.step(
        props.move(draft, corner, to),
        t(names ? "corner_moved_with" : "corner_moved", { n, at: degrees(to), names }),
        corner,
      );
    } else if (event.key === "Insert") {
      const nextCorner = draft.corners[next]!;
      props.step(
        insertCorner(draft, corner, next, [(at[0] + nextCorner[0]) / 2, (at[1] + nextCorner[1]) / 2])[0],
        t("corner_made"),
      );
    } else if (event.key === "Delete") {
      const without = removeCorner(draft, corner);
      if (without) props.step(without, t("corner_removed"));
      else props.announce(t("corner_needed"));
      if (without)
        (event.currentTarget as HTMLElement).closest("li")?.previousElementSibling?.querySelector("button")?.focus();
    } else return;
    event.preventDefault();
  };
  let n = 0;
  return (
    <section aria-labelledby="corners">
      <h2 id="corners">{t("corners_of", { name: t.named(area.name) || area.code })}</h2>
      <label class="inline">
        {t("step_m")}
        <select value={metres} onChange={(event) => setMetres(Number(event.currentTarget.value))} data-testid="step">
          {STEPS_M.map((metresOption) => (
            <option key={metresOption} value={metresOption}>
              {metresOption}
            </option>
          ))}
        </select>
      </label>
      <p class="quiet">{t("corners_help")}</p>
      <ol class="corners" data-testid="corners">
        {area.rings.flatMap((ring, r) =>
          ring.map((corner, place) => {
            const number = ++n;
            const names = others(corner);
            return (
              <li key={`${r} ${corner}`}>
                <button
                  type="button"
                  class={names ? "small shared" : "small"}
                  aria-pressed={corner === props.corner}
                  aria-label={t(names ? "corner_shared" : "corner_is", {
                    n: number,
                    at: degrees(draft.corners[corner]!),
                    names,
                  })}
                  onFocus={() => props.onCorner(corner)}
                  onKeyDown={(event) => press(event, corner, number, ring[(place + 1) % ring.length]!)}
                  data-testid={`corner-${number}`}
                >
                  {number}
                </button>
              </li>
            );
          }),
        )}
      </ol>
    </section>
  );
}

export function AreaForms(props: {
  draft: RedrawDraft;
  area: DraftArea;
  step: (draft: RedrawDraft, words: string, chosen?: string) => void;
  announce: (words: string) => void;
}) {
  const t = useTranslation();
  const { draft, area } = props;
  const corners = area.rings.flat();
  const neighbourAreas = adjacentAreas(draft, area.key);
  const name = t.named(area.name) || area.code;
  const formValues = (event: SubmitEvent) => {
    event.preventDefault();
    return Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
  };
  const rename = (event: SubmitEvent) => {
    const { code = "", zh = "", en = "" } = formValues(event);
    props.step(
      renameArea(draft, area.key, {
        code: code.trim(),
        name: { ...area.name, ...(zh ? { zh: zh.trim() } : {}), ...(en ? { en: en.trim() } : {}) },
      }),
      "",
    );
  };
  const cut = (event: SubmitEvent) => {
    const { from, to, code = "", zh = "" } = formValues(event);
    const key = `new ${code} ${Date.now()}`;
    const next = splitArea(draft, area.key, Number(from), Number(to), {
      key,
      code: code.trim(),
      name: { zh: zh.trim(), en: zh.trim() },
    });
    if (next) props.step(next, t("split_done", { name: zh }), key);
    else props.announce(t("split_impossible"));
  };
  const mergeNeighbour = (event: SubmitEvent) => {
    const { other = "" } = formValues(event);
    const next = mergeAreas(draft, area.key, other);
    const removedArea = draft.areas.find((candidate) => candidate.key === other);
    if (next) props.step(next, t("merge_done", { gone: t.named(removedArea?.name) || removedArea?.code || "", name }));
    else props.announce(t("merge_impossible"));
  };
  const choice = (field: string, chosen: number) => (
    <select
      name={field}
      defaultValue={String(corners[chosen % corners.length])}
      key={`${field} ${corners.join()}`}
      data-testid={`${field}-corner`}
    >
      {corners.map((corner, n) => (
        <option key={`${n} ${corner}`} value={corner}>
          {n + 1}
        </option>
      ))}
    </select>
  );
  return (
    <>
      <h2>{t("other_changes", { name })}</h2>
      <Folded title={t("its_name")} onSubmit={rename} testid="rename-area">
        <label>
          {t("code")}
          <input name="code" required maxLength={64} defaultValue={area.code} />
        </label>
        <div class="pair">
          <label>
            {t("name_zh")}
            <input name="zh" maxLength={200} defaultValue={area.name.zh ?? ""} />
          </label>
          <label>
            {t("name_en")}
            <input name="en" maxLength={200} defaultValue={area.name.en ?? ""} />
          </label>
        </div>
        <span class="buttons">
          <button>{t("rename_area")}</button>
        </span>
      </Folded>
      {area.rings.length === 1 && (
        <Folded title={t("split_area")} onSubmit={cut} testid="split-area">
          <div class="pair">
            <label>
              {t("from_corner")}
              {choice("from", 0)}
            </label>
            <label>
              {t("to_corner")}
              {choice("to", 2)}
            </label>
          </div>
          <div class="pair">
            <label>
              {t("new_code")}
              <input name="code" required maxLength={64} />
            </label>
            <label>
              {t("new_zh")}
              <input name="zh" required maxLength={200} />
            </label>
          </div>
          <span class="buttons">
            <button>{t("split_area")}</button>
          </span>
        </Folded>
      )}
      {neighbourAreas.length > 0 && (
        <Folded title={t("merge_with")} onSubmit={mergeNeighbour} testid="merge-area">
          <label>
            {t("merge_other")}
            <select name="other" required>
              {neighbourAreas.map((neighbour) => (
                <option key={neighbour.key} value={neighbour.key}>
                  {t.named(neighbour.name) || neighbour.code}
                </option>
              ))}
            </select>
          </label>
          <span class="buttons">
            <button>{t("merge_with")}</button>
          </span>
        </Folded>
      )}
    </>
  );
}

/** A form that is opened by its title. */
function Folded(props: {
  title: string;
  onSubmit: (event: SubmitEvent) => void;
  testid: string;
  children: ComponentChildren;
}) {
  return (
    <details data-testid={props.testid}>
      <summary>{props.title}</summary>
      <form class="act" onSubmit={props.onSubmit} aria-label={props.title}>
        {props.children}
      </form>
    </details>
  );
}
