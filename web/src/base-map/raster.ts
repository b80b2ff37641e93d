// The raster base map of a third party that the operator can configure, drawn below our own layers. If its tiles are in
// GCJ-02, the browser reprojects them to WGS 84, so that our coordinates never change.
import gcoord from "gcoord";
import { addProtocol, type Map as Picture } from "maplibre-gl";
import { TIME_LIMIT_MS } from "../api/http";
import type { Language } from "../i18n";
import { colourOf, onThemeChange } from "../theme";
import { creditText, escapeHtml, firstOwnLayer, type RasterMap, SOURCE } from "./definition";
import { tileNumbers, tilePosition } from "./tile-position";

const TILE = 256;
const CACHED_TILES = 96; // source tiles; each is part of up to four reprojected tiles
const PROTOCOL = "gcj02";

export function addRasterMap(map: Picture, base: RasterMap, language: Language): void {
  if (base.crs === "gcj02")
    addProtocol(PROTOCOL, ({ url }) =>
      warpedTile(base.url, ...tileNumbers(url.slice(PROTOCOL.length + 3))).then((data) => ({ data })),
    );
  const tiles = [base.crs === "gcj02" ? `${PROTOCOL}://{z}/{x}/{y}` : base.url];
  map.addSource(SOURCE, {
    type: "raster",
    tiles,
    tileSize: TILE,
    maxzoom: base.max_zoom,
    attribution: escapeHtml(creditText(base.attribution, language)),
  });
  map.addLayer({ id: SOURCE, type: "raster", source: SOURCE }, firstOwnLayer(map));
  // The tiles are made for light pages.
  const shade = () =>
    map.getLayer(SOURCE) && map.setPaintProperty(SOURCE, "raster-brightness-max", Number(colourOf("--map-brightness")));
  shade();
  const stopThemes = onThemeChange(shade);
  void map.once("remove", stopThemes);
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
  return tilePosition(shiftedLon, shiftedLat, z);
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
