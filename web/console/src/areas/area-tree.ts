// The areas that an account may redraw, as a tree: its own areas, their children, and the way back up.
import type { Geometry } from "geojson";
import type { Me } from "../hooks/use-me";
import { callApi, client, type Schemas } from "../session";
import type { AreaInput } from "./topology";

export type Level = "district" | "street" | "community" | "grid";
export type TreeArea = AreaInput & { level: string; parentId: string | null };

const CHILD_LEVEL: Record<string, Level> = { district: "street", street: "community", community: "grid" };

export const childLevel = (level: string): Level | null => CHILD_LEVEL[level] ?? null;

/** An area with its children and its ancestors up to an own area of the account, the highest first. */
export type AreaInside = { area: TreeArea | null; trail: TreeArea[]; children: TreeArea[] };

const toTreeArea = ({ id, properties, geometry }: Schemas["AreaFeature"]): TreeArea => ({
  id,
  code: properties.code ?? "",
  name: properties.name ?? {},
  geometry: geometry as AreaInput["geometry"],
  level: properties.level ?? "",
  parentId: properties.parent_id ?? null,
});

async function fetchArea(id: string): Promise<TreeArea> {
  return toTreeArea(await callApi(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id: id } } })));
}

/** Return the areas of a level that are directly under a parent; null: the areas at the top. */
async function fetchChildren(parent: TreeArea | null): Promise<TreeArea[]> {
  const level = parent ? childLevel(parent.level) : "district";
  const children: TreeArea[] = [];
  let cursor: string | null | undefined;
  do {
    const query = {
      limit: 500,
      ...(parent ? { area_id: parent.id } : {}),
      ...(level ? { level } : {}),
      ...(cursor ? { cursor } : {}),
    };
    const page: Schemas["AreaCollection"] = await callApi(client.GET("/api/v1/areas", { params: { query } }));
    children.push(
      ...(page.features ?? [])
        .filter(({ geometry }) => geometry)
        .map(toTreeArea)
        .filter((area) => area.parentId === (parent?.id ?? null)),
    );
    cursor = page.next;
  } while (cursor);
  return children;
}

/** Read the inside of an area. Without an id: of the account's only area, else a list of its areas. */
export async function fetchInside(me: Me, id: string | null): Promise<AreaInside> {
  const ownIds = me.areas.map((area) => area.id);
  if (id === null && ownIds.length > 1)
    return { area: null, trail: [], children: await Promise.all(ownIds.map(fetchArea)) };
  if (id === null && ownIds.length === 0) {
    const tops = await fetchChildren(null);
    const [only] = tops;
    return tops.length === 1 && only
      ? { area: only, trail: [], children: await fetchChildren(only) }
      : { area: null, trail: [], children: tops };
  }
  const area = await fetchArea(id ?? ownIds[0]!);
  const trail: TreeArea[] = [];
  let highest = area;
  while (highest.parentId && !ownIds.includes(highest.id)) {
    highest = await fetchArea(highest.parentId);
    trail.unshift(highest);
  }
  return { area, trail, children: await fetchChildren(area) };
}

export const outlineOf = (area: TreeArea | null): Geometry | null => (area ? (area.geometry as Geometry) : null);
