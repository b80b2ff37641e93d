// Lists that many forms choose from, cached for five minutes: categories, units, areas, profiles.
import { client, callApi, type Schemas } from "../session";
import { useQuery } from "./use-query";
import { useTranslation } from "./use-translation";

// Lists that many forms choose from.

export function useCategories(): Map<string, Schemas["CategoryOut"]> {
  const result = useQuery(cachedFor5Minutes("categories", () => callApi(client.GET("/api/v1/categories"))), "categories", false);
  return new Map((result.data?.items ?? []).map((category) => [category.code ?? "", category]));
}

export function useUnits(): Schemas["UnitOut"][] {
  const result = useQuery(cachedFor5Minutes("units", () => callApi(client.GET("/api/v1/units", { params: { query: { limit: 500 } } }))), "units", false);
  return result.data?.items ?? [];
}

/** The areas of mine and those in them, without shapes. */
export function useAreas(level?: "district" | "street" | "community" | "grid"): Schemas["AreaFeature"][] {
  const read = () => callApi(client.GET("/api/v1/areas", { params: { query: { geometry: false, limit: 500, ...(level ? { level } : {}) } } }));
  const result = useQuery(cachedFor5Minutes(`areas ${level}`, read), `areas ${level}`, false);
  return result.data?.features ?? [];
}

/** The rules in force of each jurisdiction. */
export function useProfiles(): Schemas["ProfileOut"][] {
  const read = async () => {
    const { items } = await callApi(client.GET("/api/v1/jurisdictions"));
    return Promise.all((items ?? []).map((jurisdiction) => callApi(client.GET("/api/v1/jurisdictions/{code}/profile", { params: { path: { code: jurisdiction.code! } } }))));
  };
  return useQuery(cachedFor5Minutes("rules", read), "rules", false).data ?? [];
}

const cache = new Map<string, { at: number; request: Promise<unknown> }>();
const CACHE_MS = 300000;

/** Asked once in five minutes; a failure is not kept. */
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

/** Another person's lists are not mine. */
export const clearReferenceData = (): void => cache.clear();

export function useCategoryName(): (code: string | null | undefined) => string {
  const t = useTranslation();
  const categories = useCategories();
  return (code) => (code ? t.named(categories.get(code)?.name) || code : "");
}
