// The result of a dry run as a list: findings, counts of what would move, areas that would be retired.
import { useEffect, useRef } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { FINDING } from "../words/areas";
import { faultCount, type RedrawResult } from "./apply-state";

const MOVED = [
  ["households_moved", "moves_households"],
  ["components_moved", "moves_components"],
  ["open_cases_moved", "moves_cases"],
  ["responsibilities_moved", "moves_responsibilities"],
  ["roles_moved", "moves_roles"],
  ["units_moved", "moves_units"],
  ["areas_moved", "moves_areas"],
] as const;
const SEVERITY = { error: "error", warning: "warning", info: "info" } as const;

/** `isOutdated`: the drawing was changed after this result. */
export function RedrawFindings(props: {
  result: RedrawResult;
  isOutdated: boolean;
  pointed: number | null;
  hasPlace: (n: number) => boolean;
  onPoint: (n: number) => void;
}) {
  const t = useTranslation();
  const { result, isOutdated } = props;
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), [result]);
  const findings = result.findings ?? [];
  const faults = faultCount(result);
  const title = result.isDryRun
    ? t(faults === 0 ? "dry_run_fine" : faults === 1 ? "dry_run_fault" : "dry_run_faults", { n: faults })
    : t(faults === 1 ? "not_applied_fault" : "not_applied_faults", { n: faults });
  return (
    <section class={isOutdated ? "result outdated" : "result"} aria-labelledby="findings" data-testid="findings">
      <h2 id="findings" tabIndex={-1} ref={head} class={isOutdated ? "" : faults ? "bad" : "good"}>
        <span data-testid="dry-run-result">{title}</span> {isOutdated && <span class="tag">{t("out_of_date")}</span>}
      </h2>
      <p data-testid="result-means">
        {t(isOutdated ? "result_outdated" : result.isDryRun ? "nothing_stored" : "nothing_applied")}
      </p>
      {findings.length > 0 && (
        <ul class="queue">
          {findings.map((finding, n) => (
            <Finding
              key={n}
              finding={finding}
              result={result}
              isPointed={props.pointed === n}
              onPoint={props.hasPlace(n) ? () => props.onPoint(n) : null}
            />
          ))}
        </ul>
      )}
      <Consequences result={result} />
    </section>
  );
}

function Finding(props: {
  finding: Schemas["Finding"];
  result: RedrawResult;
  isPointed: boolean;
  onPoint: (() => void) | null;
}) {
  const t = useTranslation();
  const { finding, result } = props;
  const isFault = finding.severity === "error";
  const names = t.list(
    (finding.area_codes ?? []).map(
      (code) => t.named(result.draft.areas.find((area) => area.code === code)?.name) || code,
    ),
  );
  const title = t.code(FINDING, finding.code);
  const number = new Intl.NumberFormat(t.language);
  const { area_m2 = null, width_m = null } = finding.size ?? {};
  return (
    <li class={isFault ? "late" : ""} data-testid={`finding-${finding.code}`}>
      <span>
        <span class={isFault ? "tag late" : "tag"}>{t(SEVERITY[finding.severity as "error"] ?? "info")}</span>
        <b>{title}</b>
      </span>
      <span>
        {names}
        {area_m2 !== null && (
          <small>
            {" "}
            {t("size_of", {
              area: number.format(Math.round(area_m2)),
              width: number.format(Math.round(10 * (width_m ?? 0)) / 10),
            })}
          </small>
        )}
      </span>
      {props.onPoint && (
        <button
          type="button"
          class="small"
          aria-pressed={props.isPointed}
          aria-label={`${t("see_place")}: ${title}, ${names}`}
          onClick={props.onPoint}
        >
          {t("see_place")}
        </button>
      )}
    </li>
  );
}

/** What the redraw would move, retire or leave without a responsible worker. */
function Consequences(props: { result: RedrawResult }) {
  const t = useTranslation();
  const { counts, retired, is_possible } = props.result;
  const moved = MOVED.filter(([field]) => counts?.[field]).map(([field, word]) => t(word, { n: counts![field] }));
  return (
    <>
      {counts && is_possible && (
        <p>{moved.length ? t("would_move", { what: t.list(moved) }) : t("would_move_nothing")}</p>
      )}
      {counts && !!counts.grids_alone && (
        <p class="bad">
          {t("would_be_alone", {
            grids: counts.grids_alone,
            households: counts.households_alone ?? 0,
            cases: counts.open_cases_alone ?? 0,
          })}
        </p>
      )}
      {!!retired?.length && (
        <p>
          {t("retired", {
            names: t.list(retired.map((area) => t.named(area.name))),
          })}
        </p>
      )}
    </>
  );
}
