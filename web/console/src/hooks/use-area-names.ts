// Names of areas by id.
import { callApi, client } from "../session";
import { LEVELS } from "../ui/area-select";
import { useAreas } from "./reference-data";
import { useQuery } from "./use-query";
import { useTranslation } from "./use-translation";

/** Return a function that names areas by id; areas that are not in the cached lists are fetched. */
export function useAreaNames(ids: readonly (string | null | undefined)[]): (id: string | null | undefined) => string {
  const t = useTranslation();
  const nameById = new Map(
    LEVELS.map((level) => useAreas(level))
      .flat()
      .map((area) => [area.id, area.properties?.name]),
  );
  const missing = [...new Set(ids.filter((id): id is string => !!id && !nameById.has(id)))].slice(0, 50);
  const read = () =>
    Promise.all(
      missing.map((area_id) =>
        callApi(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id } } })).catch(() => null),
      ),
    );
  const otherAreas = useQuery(
    nameById.size ? read : () => Promise.resolve([]),
    `areas ${nameById.size} ${missing.join()}`,
    false,
  );
  otherAreas.data?.forEach((area) => area && nameById.set(area.id, area.properties?.name));
  return (id) => (id ? t.named(nameById.get(id)) || "…" : t("everywhere"));
}
