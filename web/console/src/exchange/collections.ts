// The collections that can be exported, by their titles.
import { type QueryState, useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { followPath } from "../session";

export type Collections = { collections: { id: string; title?: string }[] };

export function useCollections(): QueryState<Collections> {
  const { language } = useTranslation();
  return useQuery(() => followPath<Collections>("/ogc/collections?f=json"), `collections ${language}`, false);
}

/** Return a function that gives the title of a collection by its id. */
export function useCollectionTitle(): (id: string | null | undefined) => string {
  const all = useCollections().data?.collections ?? [];
  return (id) => all.find((each) => each.id === id)?.title ?? id ?? "";
}
