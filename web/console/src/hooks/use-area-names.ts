// Names of areas by id.
import { client, load } from "../session";
import { LEVELS } from "../ui/area-select";
import { useAreas } from "./reference-data";
import { useLoaded } from "./use-query";
import { useWords } from "./use-translation";

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
