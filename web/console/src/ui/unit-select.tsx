// Selects of units.
import { useUnits } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";

/**
 * The options of a select of units, but for the empty one. No component: `defaultValue` of a select chooses among its own
 * children only.
 */
export const unitOptions = (units: readonly Schemas["UnitOut"][], t: ReturnType<typeof useTranslation>) =>
  units.map((unit) => (
    <option key={unit.id} value={unit.id}>
      {t.named(unit.name)}
    </option>
  ));

export function UnitSelect(props: { isRequired: boolean; chosen?: string | null }) {
  const t = useTranslation();
  const units = useUnits();
  return (
    <select
      name="unit_id"
      key={`u${units.length}`}
      required={props.isRequired}
      defaultValue={props.chosen ?? ""}
      data-testid="unit"
    >
      <option value="">{t("choose")}</option>
      {unitOptions(units, t)}
    </select>
  );
}
