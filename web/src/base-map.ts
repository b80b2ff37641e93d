// The raster base map of a third party that the operator can configure, drawn below our own layers. If its tiles are in
// GCJ-02, the browser reprojects them to WGS 84, so that our coordinates never change.
import gcoord from "gcoord";
import { addProtocol, type Map as Picture } from "maplibre-gl";
import { TIME_LIMIT_MS } from "./api/http";

export type BaseMap = { url: string; crs: "wgs84" | "gcj02"; attribution: string; max_zoom: number };

const TILE = 256;
const CACHED_TILES = 96; // source tiles; each is part of up to four reprojected tiles
const PROTOCOL = "gcj02";

/** Add the base map, if one is configured, below all layers of `map`. Call it directly after creating the map. */
export async function addBaseMap(map: Picture): Promise<void> {
  const styleLoaded = new Promise<unknown>((resolve) => map.once("style.load", resolve));
  const base = await fetchBaseMap();
  await styleLoaded;
  // The page may be closed by now.
  if (base === null || !map.getStyle()) return;
  if (base.crs === "gcj02")
    addProtocol(PROTOCOL, ({ url }) => warpedTile(base.url, ...tileNumbers(url)).then((data) => ({ data })));
  const tiles = [base.crs === "gcj02" ? `${PROTOCOL}://{z}/{x}/{y}` : base.url];
  map.addSource("base", {
    type: "raster",
    tiles,
    tileSize: TILE,
    maxzoom: base.max_zoom,
    attribution: escapeHtml(base.attribution),
  });
  map.addLayer(
    { id: "base", type: "raster", source: "base" },
    map.getStyle().layers.find(({ type }) => type !== "background")?.id,
  );
}

/** Return the configured base map; null if there is none, or no network (then its tiles would not load either). */
async function fetchBaseMap(): Promise<BaseMap | null> {
  try {
    const response = await fetch(new URL("base-map.json", document.baseURI), {
      cache: "no-cache",
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    return response.ok ? ((await response.json()) as BaseMap | null) : null;
  } catch (error) {
    if (
      error instanceof TypeError ||
      error instanceof SyntaxError ||
      (error instanceof DOMException && error.name === "TimeoutError")
    )
      return null;
    throw error;
  }
}

const escapeHtml = (words: string) => words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function tileNumbers(url: string): [number, number, number] {
  const [z = 0, x = 0, y = 0] = url
    .slice(PROTOCOL.length + 3)
    .split("/")
    .map(Number);
  return [z, x, y];
}

/**
 * Return a WGS 84 tile assembled from the GCJ-02 tiles below it. Within one tile the offset is taken as linear between
 * the corners.
 */
async function warpedTile(url: string, z: number, x: number, y: number): Promise<ImageBitmap> {
  const [west, north] = gcj02TileCoordinates(z, x, y);
  const [east, south] = gcj02TileCoordinates(z, x + 1, y + 1);
  const [left, top, right, bottom] = [Math.floor(west), Math.floor(north), Math.ceil(east), Math.ceil(south)];
  const mosaic = new OffscreenCanvas((right - left) * TILE, (bottom - top) * TILE);
  const context = mosaic.getContext("2d")!;
  const parts: Promise<void>[] = [];
  for (let column = left; column < right; column++)
    for (let row = top; row < bottom; row++)
      parts.push(
        fetchTile(url, z, column, row).then((part) =>
          context.drawImage(part, (column - left) * TILE, (row - top) * TILE, TILE, TILE),
        ),
      );
  const failed = (await Promise.allSettled(parts)).filter((part) => part.status === "rejected");
  // At the edge of the covered area some tiles are missing.
  if (failed.length === parts.length) throw failed[0]!.reason;
  const canvas = new OffscreenCanvas(TILE, TILE);
  canvas
    .getContext("2d")!
    .drawImage(
      mosaic,
      (west - left) * TILE,
      (north - top) * TILE,
      (east - west) * TILE,
      (south - north) * TILE,
      0,
      0,
      TILE,
      TILE,
    );
  return canvas.transferToImageBitmap();
}

/** Return the position of a tile corner on the GCJ-02 grid, in tiles of that zoom level. */
function gcj02TileCoordinates(z: number, x: number, y: number): [number, number] {
  const across = 2 ** z;
  const lon = (x / across) * 360 - 180;
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / across))) * 180) / Math.PI;
  const [shiftedLon, shiftedLat] = gcoord.transform([lon, lat], gcoord.WGS84, gcoord.GCJ02);
  return [
    ((shiftedLon + 180) / 360) * across,
    ((1 - Math.asinh(Math.tan((shiftedLat * Math.PI) / 180)) / Math.PI) / 2) * across,
  ];
}

const tileCache = new Map<string, Promise<ImageBitmap>>();

function fetchTile(url: string, z: number, x: number, y: number): Promise<ImageBitmap> {
  const across = 2 ** z;
  const place = url
    .replace("{z}", String(z))
    .replace("{x}", String(((x % across) + across) % across))
    .replace("{y}", String(y));
  const cached = tileCache.get(place);
  if (cached) return cached;
  const bitmap = fetch(place, { signal: AbortSignal.timeout(TIME_LIMIT_MS) }).then(async (response) => {
    if (!response.ok) throw new Error(`${response.status} for a tile of the base map`);
    return createImageBitmap(await response.blob());
  });
  tileCache.set(place, bitmap);
  bitmap.catch(() => tileCache.delete(place));
  for (const oldest of [...tileCache.keys()].slice(0, Math.max(0, tileCache.size - CACHED_TILES)))
    tileCache.delete(oldest);
  return bitmap;
}
