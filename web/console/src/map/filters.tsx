// Which cases the map shows; the signs to choose from are its legend at the same time.
import { useCategories, useUnits } from "../hooks/reference-data";
import { useWords } from "../hooks/use-translation";
import { turnTo, type Wanted } from "./map-filter";
import { drawnAs, PERSON, type Stage, STAGE_NAMES, STAGES } from "./map-symbols";
import { Sign } from "./symbol-icon";

export function Filters(props: { wanted: Wanted; counts: Record<Stage, number>; late: number }) {
  const t = useWords();
  const { wanted, counts } = props;
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
              checked={!wanted.hidden.includes(stage)}
              onChange={() => turnTo({ ...wanted, hidden: wanted.hidden.includes(stage) ? wanted.hidden.filter((one) => one !== stage) : [...wanted.hidden, stage] })}
              data-testid={`stage-${stage}`}
            />
            <Sign of={drawnAs(stage, false)} /> {t.code(STAGE_NAMES, stage)} <small>{counts[stage]}</small>
          </label>
        ))}
        <label>
          <input type="checkbox" checked={wanted.overdue} onChange={() => turnTo({ ...wanted, overdue: !wanted.overdue })} data-testid="only-overdue" />
          <Sign of={drawnAs("asked", true)} /> {t("only_overdue")} <small data-testid="late-count">{props.late}</small>
        </label>
        <label>
          <input type="checkbox" checked={wanted.areas} onChange={() => turnTo({ ...wanted, areas: !wanted.areas })} data-testid="unit-areas" />
          <span class="dashes" aria-hidden="true" /> {t("unit_areas")}
        </label>
        <span class="key"><Sign of={PERSON} /> {t("on_duty_key")}</span>
        <span class="key"><span class="heap" aria-hidden="true">9</span> {t("cluster_key")}</span>
      </fieldset>
      <label>
        {t("category")}
        <select value={wanted.category} onChange={(event) => turnTo({ ...wanted, category: event.currentTarget.value })} data-testid="map-category">
          <option value="">{t("all")}</option>
          {categories.map((one) => <option key={one.code} value={one.code}>{t.named(one.name)}</option>)}
        </select>
      </label>
      <label>
        {t("unit")}
        <select value={wanted.unit} onChange={(event) => turnTo({ ...wanted, unit: event.currentTarget.value })} data-testid="map-unit">
          <option value="">{t("all")}</option>
          {units.map((one) => <option key={one.id} value={one.id}>{t.named(one.name)}</option>)}
        </select>
      </label>
    </form>
  );
}
