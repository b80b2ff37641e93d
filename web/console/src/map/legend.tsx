// The legend of the map. Each stage is a link that leaves only its cases, in the list too.
import { changedAddress } from "../case/list-query";
import { useTranslation } from "../hooks/use-translation";
import { stageFilter, stageOfQuery } from "./held-filter";
import {
  CALL_SYMBOL,
  CANDIDATE_SYMBOLS,
  type Stage,
  STAGE_NAMES,
  STAGES,
  symbolFor,
  WORKER_SYMBOL,
} from "./map-symbols";
import { SymbolIcon } from "./symbol-icon";

export function MapLegend(props: {
  query: URLSearchParams;
  counts: Record<Stage, number>;
  late: number;
  hasCandidates: boolean;
}) {
  const t = useTranslation();
  const { query, counts } = props;
  const only = stageOfQuery(query);
  const to = (changes: Record<string, string>) => changedAddress("map", query, changes);
  const switchTo = (name: string, isOn: boolean) => (location.hash = to({ [name]: isOn ? "true" : "" }));
  return (
    <section class="legend" aria-labelledby="legend">
      <h2 id="legend" class="unseen">
        {t("legend")}
      </h2>
      {STAGES.filter((stage) => stage !== "ended" || counts.ended > 0).map((stage) => (
        <a
          key={stage}
          href={to(only === stage ? { status: "", waiting: "" } : stageFilter(stage))}
          aria-current={only === stage ? "true" : undefined}
          title={t(only === stage ? "all_stages" : "only_stage")}
          data-testid={`stage-${stage}`}
        >
          <SymbolIcon symbol={symbolFor(stage, false)} /> {t.code(STAGE_NAMES, stage)} <small>{counts[stage]}</small>
        </a>
      ))}
      <label>
        <input
          type="checkbox"
          checked={query.get("overdue") === "true"}
          onChange={(event) => switchTo("overdue", event.currentTarget.checked)}
          data-testid="only-overdue"
        />
        <SymbolIcon symbol={symbolFor("asked", true)} /> {t("only_overdue")}{" "}
        <small data-testid="late-count">{props.late}</small>
      </label>
      <label>
        <input
          type="checkbox"
          checked={query.get("units") === "true"}
          onChange={(event) => switchTo("units", event.currentTarget.checked)}
          data-testid="unit-areas"
        />
        <span class="dashes" aria-hidden="true" /> {t("unit_areas")}
      </label>
      {props.hasCandidates ? (
        (["eligible", "not"] as const).map((kind) => (
          <span key={kind} class="key">
            <SymbolIcon symbol={CANDIDATE_SYMBOLS[kind]} /> {t(kind === "eligible" ? "may" : "may_not")}
          </span>
        ))
      ) : (
        <span class="key">
          <SymbolIcon symbol={WORKER_SYMBOL} /> {t("on_duty_key")}
        </span>
      )}
      <span class="key">
        <SymbolIcon symbol={CALL_SYMBOL} /> {t("call_key")}
      </span>
      <span class="key">
        <span class="heap" aria-hidden="true">
          9
        </span>{" "}
        {t("cluster_key")}
      </span>
    </section>
  );
}
