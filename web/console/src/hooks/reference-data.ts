// Lists that many forms choose from, cached for five minutes: categories, units, areas, profiles.
import { callApi, client, type Schemas } from "../session";
import { useQuery } from "./use-query";
import { useTranslation } from "./use-translation";

export function useCategories(): Map<string, Schemas["CategoryOut"]> {
  const result = useQuery(
    cachedFor5Minutes("categories", () => callApi(client.GET("/api/v1/categories"))),
    "categories",
    false,
  );
  return new Map((result.data?.items ?? []).map((category) => [category.code ?? "", category]));
}

export function useUnits(): Schemas["UnitOut"][] {
  const result = useQuery(
    cachedFor5Minutes("units", () => callApi(client.GET("/api/v1/units", { params: { query: { limit: 500 } } }))),
    "units",
    false,
  );
  return result.data?.items ?? [];
}

/** Return the areas of the account and those within them, without geometries. */
export function useAreas(level?: "district" | "street" | "community" | "grid"): Schemas["AreaFeature"][] {
  const read = () =>
    callApi(
      client.GET("/api/v1/areas", { params: { query: { geometry: false, limit: 500, ...(level ? { level } : {}) } } }),
    );
  const result = useQuery(cachedFor5Minutes(`areas ${level}`, read), `areas ${level}`, false);
  return result.data?.features ?? [];
}

/** Return the profile in force of each jurisdiction. */
export function useProfiles(): Schemas["ProfileOut"][] {
  const read = async () => {
    const { items } = await callApi(client.GET("/api/v1/jurisdictions"));
    return Promise.all(
      (items ?? []).map((jurisdiction) =>
        callApi(client.GET("/api/v1/jurisdictions/{code}/profile", { params: { path: { code: jurisdiction.code } } })),
      ),
    );
  };
  return useQuery(cachedFor5Minutes("rules", read), "rules", false).data ?? [];
}

const cache = new Map<string, { at: number; request: Promise<unknown> }>();
const CACHE_MS = 300_000;

/** Return `read` with its result cached for five minutes. Failures are not cached. */
function cachedFor5Minutes<T>(key: string, read: () => Promise<T>): () => Promise<T> {
  return () => {
    const cached = cache.get(key);
    if (cached && Date.now() - cached.at < CACHE_MS) return cached.request as Promise<T>;
    const request = read();
    cache.set(key, { at: Date.now(), request });
    request.catch(() => cache.delete(key));
    return request;
  };
}

/** Clear the cache, as the lists depend on the account. */
export const clearReferenceData = (): void => cache.clear();

export function useUnitName(): (id: string | null | undefined) => string {
  const t = useTranslation();
  const units = useUnits();
  return (id) => t.named(units.find((unit) => unit.id === id)?.name);
}

export function useCategoryName(): (code: string | null | undefined) => string {
  const t = useTranslation();
  const categories = useCategories();
  return (code) => (code ? t.named(categories.get(code)?.name) || code : "");
}
