// A select of areas by level.
import { useAreas } from "../hooks/reference-data";
import { useOwnAreaFilter } from "../hooks/use-own-areas";
import { useTranslation } from "../hooks/use-translation";

export const LEVELS = ["district", "street", "community", "grid"] as const;

/** `none`: the text of the empty option; without it an area is required. */
export function AreaSelect(props: {
  name: string;
  none?: string;
  chosen?: string | null;
  /** True: only areas of the account and those inside them. */
  isOwnOnly?: boolean;
  only?: readonly (typeof LEVELS)[number][];
  onChoose?: (id: string) => void;
  testid?: string;
}) {
  const t = useTranslation();
  const keepOwn = useOwnAreaFilter();
  const all = LEVELS.map((level) => useAreas(level)).map(
    (areas, n) => [LEVELS[n]!, props.isOwnOnly ? keepOwn(areas) : areas] as const,
  );
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
        // Reset until the choice is applied: the user may refuse to lose unsaved changes.
        event.currentTarget.value = props.chosen ?? "";
      }}
      data-testid={props.testid ?? props.name}
    >
      <option value="">{props.none ?? t("choose")}</option>
      {props.chosen && !isChosenListed ? (
        <option value={props.chosen} selected>
          …
        </option>
      ) : null}
      {groups.map(([level, areas]) => (
        <optgroup key={level} label={t(level)}>
          {areas.map((area) => (
            <option key={area.id} value={area.id} selected={area.id === props.chosen}>
              {t.named(area.properties?.name)} {area.properties?.code}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}
