// A select of the units.
import { useUnits } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";

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
      {units.map((unit) => (
        <option key={unit.id} value={unit.id}>
          {t.named(unit.name)}
        </option>
      ))}
    </select>
  );
}
