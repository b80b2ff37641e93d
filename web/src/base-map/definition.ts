// What a base map is, as the server names it, and where it lies in a map.
import type { Map as Picture } from "maplibre-gl";
import type { Language } from "../i18n";

/** A piece of an attribution. `href`: the https address that it leads to. */
export type Credit = { text: string; href: string | null };

/** `url` changes with the file, and is relative to the page. `bounds`: west, south, east, north. */
export type VectorMap = {
  kind: "vector";
  url: string;
  attribution: Credit[];
  bounds: [number, number, number, number];
  min_zoom: number;
  max_zoom: number;
};
export type RasterMap = {
  kind: "raster";
  url: string;
  crs: "wgs84" | "gcj02";
  attribution: string;
  max_zoom: number;
};
export type BaseMap = VectorMap | RasterMap;

/** Parts of a vector base map that are stored on the device. */
export type StoredMap = {
  base: () => Promise<VectorMap | null>;
  /** Null: this tile of this file is not stored. */
  tile: (base: VectorMap, zoom: number, column: number, row: number) => Promise<ArrayBuffer | null>;
};

/** Name of the source, and the first part of the names of its layers. */
export const SOURCE = "base";

/** Return the layer below which a base map is drawn. */
export const firstOwnLayer = (map: Picture): string | undefined =>
  map.getStyle().layers.find(({ id, type }) => type !== "background" && !id.startsWith(SOURCE))?.id;

/**
 * Return a piece of an attribution in a language: in Chinese the contributors of OpenStreetMap, else as it is.
 * `app/basemap/rules/attribution.py` has the same words for the public pages.
 */
export const creditText = (text: string, language: Language): string =>
  language === "zh-CN" ? text.replace("OpenStreetMap contributors", "OpenStreetMap 贡献者") : text;

export const escapeHtml = (words: string): string => words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
