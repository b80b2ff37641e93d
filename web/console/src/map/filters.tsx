// The form of the map's filter. Its list of stages is the legend as well.
import { useCategories, useUnits } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";
import { type MapFilter, navigateToFilter } from "./map-filter";
import { type Stage, STAGE_NAMES, STAGES, symbolFor, WORKER_SYMBOL } from "./map-symbols";
import { SymbolIcon } from "./symbol-icon";

export function MapFilters(props: { filter: MapFilter; counts: Record<Stage, number>; late: number }) {
  const t = useTranslation();
  const { filter, counts } = props;
  const categories = [...useCategories().values()];
  const units = useUnits();
  return (
    <form class="map-filters" aria-label={t("filter")} onSubmit={(event) => event.preventDefault()}>
      <fieldset class="legend">
        <legend>{t("legend")}</legend>
        {STAGES.map((stage) => (
          <label key={stage}>
            <input
              type="checkbox"
              checked={!filter.hidden.includes(stage)}
              onChange={() =>
                navigateToFilter({
                  ...filter,
                  hidden: filter.hidden.includes(stage)
                    ? filter.hidden.filter((hiddenStage) => hiddenStage !== stage)
                    : [...filter.hidden, stage],
                })
              }
              data-testid={`stage-${stage}`}
            />
            <SymbolIcon symbol={symbolFor(stage, false)} /> {t.code(STAGE_NAMES, stage)} <small>{counts[stage]}</small>
          </label>
        ))}
        <label>
          <input
            type="checkbox"
            checked={filter.overdue}
            onChange={() => navigateToFilter({ ...filter, overdue: !filter.overdue })}
            data-testid="only-overdue"
          />
          <SymbolIcon symbol={symbolFor("asked", true)} /> {t("only_overdue")}{" "}
          <small data-testid="late-count">{props.late}</small>
        </label>
        <label>
          <input
            type="checkbox"
            checked={filter.areas}
            onChange={() => navigateToFilter({ ...filter, areas: !filter.areas })}
            data-testid="unit-areas"
          />
          <span class="dashes" aria-hidden="true" /> {t("unit_areas")}
        </label>
        <span class="key">
          <SymbolIcon symbol={WORKER_SYMBOL} /> {t("on_duty_key")}
        </span>
        <span class="key">
          <span class="heap" aria-hidden="true">
            9
          </span>{" "}
          {t("cluster_key")}
        </span>
      </fieldset>
      <label>
        {t("category")}
        <select
          value={filter.category}
          onChange={(event) => navigateToFilter({ ...filter, category: event.currentTarget.value })}
          data-testid="map-category"
        >
          <option value="">{t("all")}</option>
          {categories.map((category) => (
            <option key={category.code} value={category.code}>
              {t.named(category.name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("unit")}
        <select
          value={filter.unit}
          onChange={(event) => navigateToFilter({ ...filter, unit: event.currentTarget.value })}
          data-testid="map-unit"
        >
          <option value="">{t("all")}</option>
          {units.map((unit) => (
            <option key={unit.id} value={unit.id}>
              {t.named(unit.name)}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}
