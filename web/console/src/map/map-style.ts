// The style of the live map: areas from our own tiles, and above them sources that the page fills: open cases, workers,
// selection.
import type { FeatureCollection } from "geojson";
import type {
  ExpressionSpecification,
  GeoJSONSourceSpecification,
  LayerSpecification,
  StyleSpecification,
} from "maplibre-gl";
import type { Language } from "../../../src/i18n";
import { colourOf } from "../../../src/theme";

export const NO_FEATURES: FeatureCollection = { type: "FeatureCollection", features: [] };

/** From this zoom level on, cases are not clustered. */
export const UNCLUSTERED_ZOOM = 14;
const CLUSTER_PX = 44;
const TILES = "WebMercatorQuad/tilejson";
// No glyphs are fetched: text uses the fonts of the device.
const FONT = ["sans-serif"];

/** In the colours of the theme that is shown. `ogc`: URL of /ogc. The images `sign` and `person` are added by the page. */
export function casesMapStyle(ogc: string, language: Language): StyleSpecification {
  const name: ExpressionSpecification =
    language === "en"
      ? ["coalesce", ["get", "name_en"], ["get", "name_zh"], ""]
      : ["coalesce", ["get", "name_zh"], ["get", "name_en"], ""];
  const halo = {
    "text-color": colourOf("--map-text"),
    "text-halo-color": colourOf("--map-halo"),
    "text-halo-width": 1.5,
  };
  const geojsonSource = (options: Partial<GeoJSONSourceSpecification> = {}): GeoJSONSourceSpecification => ({
    type: "geojson",
    data: NO_FEATURES,
    ...options,
  });
  const lineLayer = (layer: string, colour: string, width: number): LayerSpecification => ({
    id: layer,
    type: "line",
    source: "areas",
    "source-layer": layer,
    paint: { "line-color": colour, "line-width": width },
  });
  const nameLayer = (layer: string, minzoom: number, maxzoom: number, size: number): LayerSpecification => ({
    id: `${layer}-names`,
    type: "symbol",
    source: "areas",
    "source-layer": layer,
    minzoom,
    maxzoom,
    layout: { "text-field": name, "text-font": FONT, "text-size": size, "text-padding": 6 },
    paint: halo,
  });
  const isCluster: ExpressionSpecification = ["has", "point_count"];
  const hasLate: ExpressionSpecification = [">", ["get", "late"], 0];
  return {
    version: 8,
    // Another theme, or the print of the page, is drawn at once.
    transition: { duration: 0, delay: 0 },
    sources: {
      areas: { type: "vector", url: `${ogc}/tiles/${TILES}?collections=districts,streets,communities,grids` },
      units: { type: "vector", url: `${ogc}/collections/unit-areas/tiles/${TILES}` },
      cases: geojsonSource({
        cluster: true,
        clusterRadius: CLUSTER_PX,
        clusterMaxZoom: UNCLUSTERED_ZOOM - 1,
        clusterProperties: { late: ["+", ["get", "late"]] },
      }),
      people: geojsonSource(),
      calls: geojsonSource(),
      chosen: geojsonSource(),
      selected: geojsonSource(),
      box: geojsonSource(),
      pointed: geojsonSource(),
    },
    layers: [
      { id: "background", type: "background", paint: { "background-color": colourOf("--map-land") } },
      lineLayer("grids", colourOf("--map-grid"), 1),
      lineLayer("communities", colourOf("--map-community"), 1.5),
      lineLayer("streets", colourOf("--map-street"), 2.5),
      lineLayer("districts", colourOf("--map-district"), 3),
      {
        id: "units",
        type: "line",
        source: "units",
        "source-layer": "unit-areas",
        layout: { visibility: "none" },
        paint: { "line-color": colourOf("--map-unit"), "line-width": 3, "line-dasharray": [3, 2] },
      },
      nameLayer("streets", 11, 14, 13),
      nameLayer("grids", 15, 24, 12),
      {
        id: "box-fill",
        type: "fill",
        source: "box",
        paint: { "fill-color": colourOf("--focus"), "fill-opacity": 0.08 },
      },
      {
        id: "box",
        type: "line",
        source: "box",
        paint: { "line-color": colourOf("--focus"), "line-width": 2, "line-dasharray": [3, 2] },
      },
      {
        id: "clusters",
        type: "circle",
        source: "cases",
        filter: isCluster,
        paint: {
          "circle-color": colourOf("--paper"),
          "circle-radius": ["min", 30, ["+", 11, ["sqrt", ["get", "point_count"]]]],
          "circle-stroke-width": ["case", hasLate, 4, 3],
          "circle-stroke-color": ["case", hasLate, colourOf("--bad"), colourOf("--link")],
        },
      },
      {
        id: "cluster-counts",
        type: "symbol",
        source: "cases",
        filter: isCluster,
        layout: {
          "text-field": [
            "case",
            hasLate,
            ["concat", ["get", "point_count"], "\n!", ["get", "late"]],
            ["to-string", ["get", "point_count"]],
          ],
          "text-font": FONT,
          "text-size": 12,
          "text-line-height": 1,
          "text-allow-overlap": true,
          "text-ignore-placement": true,
        },
        paint: { "text-color": ["case", hasLate, colourOf("--bad"), colourOf("--ink")] },
      },
      ring("chosen", colourOf("--map-text"), 17, 4),
      {
        id: "cases",
        type: "symbol",
        source: "cases",
        filter: ["!", isCluster],
        layout: {
          "icon-image": ["get", "sign"],
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          "symbol-sort-key": ["get", "late"],
          "symbol-z-order": "auto",
        },
      },
      ring("selected", colourOf("--focus"), 14, 3),
      ring("pointed", colourOf("--focus"), 20, 4),
      {
        id: "people",
        type: "symbol",
        source: "people",
        layout: {
          "icon-image": ["get", "kind"],
          "icon-allow-overlap": true,
          "icon-anchor": "bottom",
          "icon-offset": [0, -8],
          "text-field": ["step", ["zoom"], "", 13, ["get", "name"]],
          "text-font": FONT,
          "text-size": 12,
          "text-anchor": "bottom",
          "text-offset": [0, -2.6],
          "text-optional": true,
        },
        paint: halo,
      },
      ring("calls", colourOf("--bad"), 26, 5),
      {
        id: "call-signs",
        type: "symbol",
        source: "calls",
        layout: {
          "icon-image": "call",
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          "text-field": ["get", "name"],
          "text-font": FONT,
          "text-size": 13,
          "text-anchor": "top",
          "text-offset": [0, 2.2],
          "text-allow-overlap": true,
        },
        paint: halo,
      },
    ],
  };
}

/** A ring around a case, not filled, so that its symbol stays visible. */
function ring(source: string, colour: string, radius: number, width: number): LayerSpecification {
  return {
    id: source,
    type: "circle",
    source,
    paint: {
      "circle-radius": radius,
      "circle-opacity": 0,
      "circle-stroke-color": colour,
      "circle-stroke-width": width,
    },
  };
}
