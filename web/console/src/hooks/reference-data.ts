// Lists that many forms choose from, cached for five minutes: categories, units, areas, profiles.
import { client, load, type Schemas } from "../session";
import { useLoaded } from "./use-query";
import { useWords } from "./use-translation";

// Lists that many forms choose from.

export function useCategories(): Map<string, Schemas["CategoryOut"]> {
  const found = useLoaded(once("categories", () => load(client.GET("/api/v1/categories"))), "categories", false);
  return new Map((found.data?.items ?? []).map((one) => [one.code ?? "", one]));
}

export function useUnits(): Schemas["UnitOut"][] {
  const found = useLoaded(once("units", () => load(client.GET("/api/v1/units", { params: { query: { limit: 500 } } }))), "units", false);
  return found.data?.items ?? [];
}

/** The areas of mine and those in them, without shapes. */
export function useAreas(level?: "district" | "street" | "community" | "grid"): Schemas["AreaFeature"][] {
  const read = () => load(client.GET("/api/v1/areas", { params: { query: { geometry: false, limit: 500, ...(level ? { level } : {}) } } }));
  const found = useLoaded(once(`areas ${level}`, read), `areas ${level}`, false);
  return found.data?.features ?? [];
}

/** The rules in force of each jurisdiction. */
export function useRules(): Schemas["ProfileOut"][] {
  const read = async () => {
    const { items } = await load(client.GET("/api/v1/jurisdictions"));
    return Promise.all((items ?? []).map((one) => load(client.GET("/api/v1/jurisdictions/{code}/profile", { params: { path: { code: one.code! } } }))));
  };
  return useLoaded(once("rules", read), "rules", false).data ?? [];
}

const kept = new Map<string, { at: number; asked: Promise<unknown> }>();
const KEPT_MS = 300000;

/** Asked once in five minutes; a failure is not kept. */
function once<T>(key: string, read: () => Promise<T>): () => Promise<T> {
  return () => {
    const found = kept.get(key);
    if (found && Date.now() - found.at < KEPT_MS) return found.asked as Promise<T>;
    const asked = read();
    kept.set(key, { at: Date.now(), asked });
    asked.catch(() => kept.delete(key));
    return asked;
  };
}

/** Another person's lists are not mine. */
export const forgetLists = (): void => kept.clear();

export function useCategoryName(): (code: string | null | undefined) => string {
  const t = useWords();
  const categories = useCategories();
  return (code) => (code ? t.named(categories.get(code)?.name) || code : "");
}
