// Which areas lie inside the areas of an account. Pure.
export type ListedArea = { id?: string; properties?: { parent_id?: string | null } };

/** Return the areas of `listed` that are own areas or inside one. `tree` has the ancestors of `listed`. */
export function areasInside<Area extends ListedArea>(
  listed: readonly Area[],
  tree: readonly ListedArea[],
  ownIds: ReadonlySet<string>,
): Area[] {
  const parents = new Map(tree.map((area) => [area.id, area.properties?.parent_id]));
  const isInside = (id: string | null | undefined): boolean => !!id && (ownIds.has(id) || isInside(parents.get(id)));
  return listed.filter((area) => isInside(area.id));
}
