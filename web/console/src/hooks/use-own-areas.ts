// The areas in which the account has a role, and those inside them.
import type { Name } from "../../../src/i18n";
import { areasInside, type ListedArea } from "../areas/own-areas";
import { useAreas } from "./reference-data";
import { useHasRoleEverywhere, useMe } from "./use-me";

/** Return the filter that keeps the areas that the account directs; all of them if a role holds everywhere. */
export function useOwnAreaFilter(): <Area extends ListedArea>(areas: readonly Area[]) => Area[] {
  const me = useMe();
  const isEverywhere = useHasRoleEverywhere();
  const tree = [...useAreas("district"), ...useAreas("street"), ...useAreas("community")];
  if (isEverywhere || me.areas.length === 0) return (areas) => [...areas];
  const ownIds = new Set(me.areas.map((area) => area.id));
  return (areas) => areasInside(areas, [...tree, ...areas], ownIds);
}

/** An area to choose: its id and its name. */
export type AreaOption = { id: string; name: Name | null | undefined };

/** Return the areas that figures are counted for, the largest first: those of the account, then those inside them. */
export function useCountedAreas(): AreaOption[] {
  const me = useMe();
  const keepOwn = useOwnAreaFilter();
  const listed = keepOwn([...useAreas("district"), ...useAreas("street"), ...useAreas("community")]);
  const own = me.areas.map(({ id, name }) => ({ id, name }));
  const ownIds = new Set(own.map(({ id }) => id));
  return [
    ...own,
    ...listed.filter(({ id }) => !ownIds.has(id)).map(({ id, properties }) => ({ id, name: properties?.name })),
  ];
}

/** Return the streets and communities that the account directs. */
export function useOwnStreetsAndCommunities() {
  const keepOwn = useOwnAreaFilter();
  return keepOwn([...useAreas("street"), ...useAreas("community")]);
}
