// Areas in forms and lists: chosen by level, named by id.
import { useAreas } from "./parts";
import { client, load } from "./session";
import { useLoaded, useMe, useWords } from "./state";

const LEVELS = ["district", "street", "community", "grid"] as const;

/** Names of areas by id: from the lists, and for what these do not reach asked for. */
export function useAreaNames(ids: readonly (string | null | undefined)[]): (id: string | null | undefined) => string {
  const t = useWords();
  const known = new Map(LEVELS.map((level) => useAreas(level)).flat().map((area) => [area.id, area.properties?.name]));
  const missing = [...new Set(ids.filter((id): id is string => !!id && !known.has(id)))].slice(0, 50);
  const read = () => Promise.all(missing.map((area_id) => load(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id } } })).catch(() => null)));
  const asked = useLoaded(known.size ? read : () => Promise.resolve([]), `areas ${known.size} ${missing.join()}`, false);
  asked.data?.forEach((area) => area && known.set(area.id, area.properties?.name));
  return (id) => (id ? t.named(known.get(id)) || "…" : t("everywhere"));
}

/** A select of areas. Empty is `none` said in words; without it an area has to be chosen. */
export function AreaChoice(props: { name: string; none?: string; chosen?: string | null; only?: readonly (typeof LEVELS)[number][]; onChoose?: (id: string) => void; testid?: string }) {
  const t = useWords();
  const all = LEVELS.map((level) => [level, useAreas(level)] as const);
  const shown = all.filter(([level, areas]) => areas.length > 0 && (!props.only || props.only.includes(level)));
  const isThere = shown.some(([, areas]) => areas.some((area) => area.id === props.chosen));
  return (
    <select
      key={shown.map(([, areas]) => areas.length).join()}
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
      {props.chosen && !isThere ? <option value={props.chosen} selected>…</option> : null}
      {shown.map(([level, areas]) => (
        <optgroup key={level} label={t(level)}>
          {areas.map((area) => <option key={area.id} value={area.id} selected={area.id === props.chosen}>{t.named(area.properties?.name)} {area.properties?.code}</option>)}
        </optgroup>
      ))}
    </select>
  );
}

/** Whether somebody may act everywhere, not in areas of hers only. */
export const useIsEverywhere = (): boolean => useMe().roles.some((one) => !one.area_id && !one.unit_id);
