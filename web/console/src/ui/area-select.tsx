// Areas in forms and lists: chosen by level, named by id.
import { useAreas } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";

export const LEVELS = ["district", "street", "community", "grid"] as const;

/** A select of areas. Empty is `none` said in words; without it an area has to be chosen. */
export function AreaSelect(props: { name: string; none?: string; chosen?: string | null; only?: readonly (typeof LEVELS)[number][]; onChoose?: (id: string) => void; testid?: string }) {
  const t = useTranslation();
  const all = LEVELS.map((level) => [level, useAreas(level)] as const);
  const groups = all.filter(([level, areas]) => areas.length > 0 && (!props.only || props.only.includes(level)));
  const isChosenListed = groups.some(([, areas]) => areas.some((area) => area.id === props.chosen));
  return (
    <select
      key={groups.map(([, areas]) => areas.length).join()}
      name={props.name}
      required={props.none === undefined}
      onChange={(event) => {
        if (!props.onChoose) return;
        props.onChoose(event.currentTarget.value);
        // Until it is so: whoever is asked about unsaved work may stay.
        event.currentTarget.value = props.chosen ?? "";
      }}
      data-testid={props.testid ?? props.name}
    >
      <option value="">{props.none ?? t("choose")}</option>
      {props.chosen && !isChosenListed ? <option value={props.chosen} selected>…</option> : null}
      {groups.map(([level, areas]) => (
        <optgroup key={level} label={t(level)}>
          {areas.map((area) => <option key={area.id} value={area.id} selected={area.id === props.chosen}>{t.named(area.properties?.name)} {area.properties?.code}</option>)}
        </optgroup>
      ))}
    </select>
  );
}
