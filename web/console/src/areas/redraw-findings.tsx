// The result of a redraw as a list: findings, counts of what would move, areas that would be retired.
import { useEffect, useRef } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { FINDING } from "../words/areas";
import type { RedrawDraft } from "./topology";

export type RedrawResult = Partial<Pick<Schemas["AreasRedrawn"], "findings" | "is_possible" | "counts" | "retired">> & {
  draft: RedrawDraft;
};
const SEVERITY = { error: "error", warning: "warning", info: "info" } as const;

export function RedrawFindings(props: { result: RedrawResult; pointed: number | null; onPoint: (n: number) => void }) {
  const t = useTranslation();
  const { result } = props;
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), [result]);
  const findings = result.findings ?? [];
  const name = (code: string) => t.named(result.draft.areas.find((area) => area.code === code)?.name) || code;
  const { counts } = result;
  return (
    <section aria-labelledby="findings" data-testid="findings">
      <h2 id="findings" tabIndex={-1} ref={head}>
        {t("findings")}
      </h2>
      <p class={result.is_possible ? "good" : "bad"} data-testid="possible">
        {t(result.is_possible ? "is_possible" : "is_impossible")}
      </p>
      <p>
        {findings.length
          ? t("findings_n", {
              n: findings.length,
              m: findings.filter((finding) => finding.severity === "error").length,
            })
          : t("no_findings")}
      </p>
      <ul class="queue">
        {findings.map((finding, n) => (
          <li key={n} class={finding.severity === "error" ? "late" : ""} data-testid={`finding-${finding.code}`}>
            <span>
              <span class={finding.severity === "error" ? "tag late" : "tag"}>
                {t(SEVERITY[finding.severity as "error"] ?? "info")}
              </span>{" "}
              {t.code(FINDING, finding.code)}
            </span>
            <span>
              {finding.area_codes?.map(name).join("、")}
              {finding.size?.area_m2 != null && (
                <small>
                  {" "}
                  {t("size_of", {
                    area: Math.round(finding.size.area_m2),
                    width: (finding.size.width_m ?? 0).toFixed(1),
                  })}
                </small>
              )}
            </span>
            <button type="button" class="small" aria-pressed={props.pointed === n} onClick={() => props.onPoint(n)}>
              {t("see_place")}
            </button>
          </li>
        ))}
      </ul>
      {counts && result.is_possible && (
        <p>
          {t("would_move", {
            households: counts.households_moved ?? 0,
            components: counts.components_moved ?? 0,
            cases: counts.open_cases_moved ?? 0,
            care: counts.responsibilities_moved ?? 0,
            roles: counts.roles_moved ?? 0,
            units: counts.units_moved ?? 0,
            areas: counts.areas_moved ?? 0,
          })}
        </p>
      )}
      {counts && !!counts.grids_alone && (
        <p class="late">
          {t("would_be_alone", {
            grids: counts.grids_alone,
            households: counts.households_alone ?? 0,
            cases: counts.open_cases_alone ?? 0,
          })}
        </p>
      )}
      {!!result.retired?.length && (
        <p>{t("retired", { names: result.retired.map((area) => t.named(area.name)).join("、") })}</p>
      )}
    </section>
  );
}
