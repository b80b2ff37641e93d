// A raster base map from elsewhere, where the operator has set one, under the lines and points of ours. Where it is drawn in
// GCJ-02 its tiles are put together anew in WGS 84, in the browser: the map gives way, never a place of ours.
import gcoord from "gcoord";
import { addProtocol, type Map as Picture } from "maplibre-gl";
import { TIME_LIMIT_MS } from "./api/http";

export type BaseMap = { url: string; crs: "wgs84" | "gcj02"; attribution: string; max_zoom: number };

const TILE = 256;
const CACHED_TILES = 96; // tiles as they came, as each is part of up to four of ours
const PROTOCOL = "gcj02";

/** Lay the base map, if there is one, under what `picture` shows. Call it as soon as the picture is made. */
export async function addBaseMap(picture: Picture): Promise<void> {
  const drawn = new Promise<unknown>((resolve) => picture.once("style.load", resolve));
  const base = await fetchBaseMap();
  await drawn;
  // Its page may be closed by now.
  if (base === null || !picture.getStyle()) return;
  if (base.crs === "gcj02") addProtocol(PROTOCOL, ({ url }) => warpedTile(base.url, ...tileNumbers(url)).then((data) => ({ data })));
  const tiles = [base.crs === "gcj02" ? `${PROTOCOL}://{z}/{x}/{y}` : base.url];
  picture.addSource("base", { type: "raster", tiles, tileSize: TILE, maxzoom: base.max_zoom, attribution: escapeHtml(base.attribution) });
  picture.addLayer({ id: "base", type: "raster", source: "base" }, picture.getStyle().layers.find(({ type }) => type !== "background")?.id);
}

/** What the operator has set; null: nothing, or there is no network, and then no tile would come either. */
async function fetchBaseMap(): Promise<BaseMap | null> {
  try {
    const answer = await fetch(new URL("base-map.json", document.baseURI), { cache: "no-cache", signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    return answer.ok ? ((await answer.json()) as BaseMap | null) : null;
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError || (error instanceof DOMException && error.name === "TimeoutError")) return null;
    throw error;
  }
}

const escapeHtml = (words: string) => words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function tileNumbers(url: string): [number, number, number] {
  const [z = 0, x = 0, y = 0] = url.slice(PROTOCOL.length + 3).split("/").map(Number);
  return [z, x, y];
}

/** A tile of WGS 84 out of those that lie under it in GCJ-02. Over one tile the shift is even, but for what its corners tell. */
async function warpedTile(url: string, z: number, x: number, y: number): Promise<ImageBitmap> {
  const [west, north] = gcj02TileCoordinates(z, x, y);
  const [east, south] = gcj02TileCoordinates(z, x + 1, y + 1);
  const [left, top, right, bottom] = [Math.floor(west), Math.floor(north), Math.ceil(east), Math.ceil(south)];
  const mosaic = new OffscreenCanvas((right - left) * TILE, (bottom - top) * TILE);
  const context = mosaic.getContext("2d")!;
  const parts: Promise<void>[] = [];
  for (let column = left; column < right; column++)
    for (let row = top; row < bottom; row++)
      parts.push(fetchTile(url, z, column, row).then((part) => context.drawImage(part, (column - left) * TILE, (row - top) * TILE, TILE, TILE)));
  const failed = (await Promise.allSettled(parts)).filter((part) => part.status === "rejected");
  // At the edge of what there is, some tiles are missing.
  if (failed.length === parts.length) throw failed[0]!.reason;
  const canvas = new OffscreenCanvas(TILE, TILE);
  canvas.getContext("2d")!.drawImage(mosaic, (west - left) * TILE, (north - top) * TILE, (east - west) * TILE, (south - north) * TILE, 0, 0, TILE, TILE);
  return canvas.transferToImageBitmap();
}

/** Where the corner of a tile lies on the shifted map, in tiles of that zoom. */
function gcj02TileCoordinates(z: number, x: number, y: number): [number, number] {
  const across = 2 ** z;
  const lon = (x / across) * 360 - 180;
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / across))) * 180) / Math.PI;
  const [there, up] = gcoord.transform([lon, lat], gcoord.WGS84, gcoord.GCJ02);
  return [((there + 180) / 360) * across, ((1 - Math.asinh(Math.tan((up * Math.PI) / 180)) / Math.PI) / 2) * across];
}

const tileCache = new Map<string, Promise<ImageBitmap>>();

function fetchTile(url: string, z: number, x: number, y: number): Promise<ImageBitmap> {
  const across = 2 ** z;
  const place = url.replace("{z}", String(z)).replace("{x}", String(((x % across) + across) % across)).replace("{y}", String(y));
  const cached = tileCache.get(place);
  if (cached) return cached;
  const bitmap = fetch(place, { signal: AbortSignal.timeout(TIME_LIMIT_MS) }).then(async (answer) => {
    if (!answer.ok) throw new Error(`${answer.status} for a tile of the base map`);
    return createImageBitmap(await answer.blob());
  });
  tileCache.set(place, bitmap);
  bitmap.catch(() => tileCache.delete(place));
  for (const oldest of [...tileCache.keys()].slice(0, Math.max(0, tileCache.size - CACHED_TILES))) tileCache.delete(oldest);
  return bitmap;
}
