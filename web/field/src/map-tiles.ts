// The base map of the worker's grids, stored after a round of synchronisation, so that it is seen without a network.
import { fetchBaseMap } from "../../src/base-map/base-map";
import type { StoredMap, VectorMap } from "../../src/base-map/definition";
import { tileNumbers } from "../../src/base-map/tile-position";
import { type Box, boundsAround } from "../../src/bounds";
import { store, withLock } from "./client";
import { tilesAround } from "./map-tile-plan";

/** What is stored: tiles and bytes of a base map. */
export type StoredMapInfo = { base: VectorMap; tiles: number; bytes: number };

const KEY = "base_map";
const CHECK_EVERY_MS = 10 * 60_000;
let checked: { grids: string; until: number } | null = null;

/** Store the tiles that are missing, and delete those that are not needed any more. One page of this browser at a time. */
export async function storeMapTiles(): Promise<void> {
  await withLock("gridward-map-tiles", async () => {
    const boxes = await boxesOfGrids();
    const grids = JSON.stringify(boxes);
    if (checked !== null && checked.grids === grids && Date.now() < checked.until) return;
    const base = await fetchBaseMap();
    if (base === undefined) return;
    if (base?.kind !== "vector") await forget();
    else await update(base, tilesAround(boxes, base));
    checked = { grids, until: Date.now() + CHECK_EVERY_MS };
  });
}

/** What the map reads when it has no network, and before it asks the server. */
export const STORED_MAP: StoredMap = {
  base: async () => (await store.readValue<StoredMapInfo>(KEY))?.base ?? null,
  tile: async (base, zoom, column, row) => {
    const info = await store.readValue<StoredMapInfo>(KEY);
    if (info?.base.url !== base.url) return null;
    return (await store.mapTile.get(`${zoom}/${column}/${row}`))?.data ?? null;
  },
};

export const storedMapInfo = (): Promise<StoredMapInfo | null> => store.readValue<StoredMapInfo>(KEY);

async function update(base: VectorMap, wanted: string[]): Promise<void> {
  const info = await store.readValue<StoredMapInfo>(KEY);
  // The tiles of another file are of no use.
  if (info !== null && info.base.url !== base.url) await forget();
  const stored = new Set(await store.mapTile.toCollection().primaryKeys());
  const needed = new Set(wanted);
  await store.mapTile.bulkDelete([...stored].filter((key) => !needed.has(key)));
  const missing = wanted.filter((key) => !stored.has(key));
  if (missing.length > 0) {
    const archive = (await import("../../src/base-map/archive")).openArchive(base);
    for (const key of missing) {
      const data = await readTile(() => archive.getZxy(...tileNumbers(key)));
      if (data === null) break;
      await store.mapTile.put({ key, data });
    }
  }
  let tiles = 0;
  let bytes = 0;
  await store.mapTile.each(({ data }) => {
    tiles += 1;
    bytes += data.byteLength;
  });
  await store.writeValue(KEY, { base, tiles, bytes } satisfies StoredMapInfo);
}

/** Return a tile, empty where the base map has none; null without a network. The rest follows in a later round. */
async function readTile(read: () => Promise<{ data: ArrayBuffer } | undefined>): Promise<ArrayBuffer | null> {
  try {
    return (await read())?.data ?? new ArrayBuffer(0);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

async function forget(): Promise<void> {
  await store.mapTile.clear();
  await store.writeValue(KEY, null);
}

/** Return the boxes around the worker's grids. */
async function boxesOfGrids(): Promise<Box[]> {
  const areas = await store.row.where({ entity: "area" }).toArray();
  return areas.flatMap(({ data }) => {
    const box = boundsAround(data["boundary"] as object | null);
    return box === null ? [] : [box];
  });
}
