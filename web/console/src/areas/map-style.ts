// The style of the map of areas, picked or redrawn: surrounding areas from the tiles, then the areas, their corners and
// findings. Without text layers, which would need glyphs.
import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { StyleSpecification } from "maplibre-gl";
import { areasByCorner, type DraftArea, geometryOf, labelPosition, type RedrawDraft } from "./topology";
import { colourOf } from "../../../src/theme";
import { surroundings } from "../map/surroundings";

export type Sources = Record<"outline" | "areas" | "corners" | "middles" | "findings", FeatureCollection>;
export type MapView = {
  draft: RedrawDraft;
  outline: Geometry | null;
  areaKey: string | null;
  corner: number | null;
  /** Without corners areas can only be picked. */
  hasCorners: boolean;
  findings: readonly MapFinding[];
};
/** `isOutdated`: found in an earlier drawing. */
export type MapFinding = { place: Geometry; severity: string; isChosen: boolean; isOutdated: boolean };

const MAX_CORNERS = 600;
const featureCollection = (features: Feature[]): FeatureCollection => ({ type: "FeatureCollection", features });
const feature = (geometry: Geometry, properties: Record<string, unknown>): Feature => ({
  type: "Feature",
  geometry,
  properties,
});

export function sourcesOf({ draft, outline, areaKey, corner, hasCorners, findings }: MapView): Sources {
  const chosen = draft.areas.find((candidate) => candidate.key === areaKey);
  const shared = hasCorners ? areasByCorner(draft) : new Map<number, DraftArea[]>();
  const used =
    hasCorners && draft.corners.length > MAX_CORNERS && chosen ? new Set(chosen.rings.flat()) : shared.keys();
  const point = (at: readonly [number, number]): Geometry => ({ type: "Point", coordinates: [...at] });
  const edges = ((hasCorners && chosen?.rings) || []).flatMap((ring) =>
    ring.map((from, n) => [from, ring[(n + 1) % ring.length]!] as const),
  );
  return {
    outline: featureCollection(outline ? [feature(outline, {})] : []),
    areas: featureCollection(
      draft.areas.map((area) =>
        feature(geometryOf(draft, area) as unknown as Geometry, { key: area.key, chosen: area === chosen }),
      ),
    ),
    corners: featureCollection(
      [...used].map((cornerIndex) =>
        feature(point(draft.corners[cornerIndex]!), {
          corner: cornerIndex,
          chosen: cornerIndex === corner,
          mine: !!chosen && shared.get(cornerIndex)!.includes(chosen),
          shared: shared.get(cornerIndex)!.length > 1,
        }),
      ),
    ),
    middles: featureCollection(
      edges.map(([from, to]) => {
        const [a, b] = [draft.corners[from]!, draft.corners[to]!];
        return feature(point([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]), { from, to });
      }),
    ),
    findings: featureCollection(
      findings.map((finding) =>
        feature(finding.place, {
          severity: finding.isOutdated ? "outdated" : finding.severity,
          chosen: finding.isChosen,
        }),
      ),
    ),
  };
}

export const labelsOf = (draft: RedrawDraft) =>
  draft.areas.map((area) => ({ key: area.key, at: labelPosition(draft, area) }));

/** In the colours of the theme that is shown. */
export function areasMapStyle(ogc: string, sources: Sources): StyleSpecification {
  const bad = [
    "match",
    ["get", "severity"],
    "error",
    colourOf("--bad"),
    "warning",
    colourOf("--map-warning"),
    "outdated",
    colourOf("--edge"),
    colourOf("--link"),
  ] as never;
  return {
    version: 8,
    sources: {
      gridward: { type: "vector", url: `${ogc}/tiles/WebMercatorQuad/tilejson` },
      ...Object.fromEntries(Object.entries(sources).map(([name, data]) => [name, { type: "geojson", data }])),
    },
    layers: [
      ...surroundings(),
      {
        id: "areas",
        type: "fill",
        source: "areas",
        paint: {
          "fill-color": ["case", ["get", "chosen"], colourOf("--map-area-chosen"), colourOf("--map-area")],
          "fill-opacity": 0.6,
        },
      },
      {
        id: "borders",
        type: "line",
        source: "areas",
        paint: { "line-color": colourOf("--main"), "line-width": ["case", ["get", "chosen"], 3, 1.5] },
      },
      {
        id: "outline",
        type: "line",
        source: "outline",
        paint: { "line-color": colourOf("--map-district"), "line-width": 2, "line-dasharray": [3, 2] },
      },
      {
        id: "wrong-land",
        type: "fill",
        source: "findings",
        filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": bad, "fill-opacity": 0.55 },
      },
      {
        id: "wrong-edge",
        type: "line",
        source: "findings",
        filter: ["!=", ["geometry-type"], "Point"],
        paint: { "line-color": bad, "line-width": ["case", ["get", "chosen"], 5, 2.5] },
      },
      {
        id: "middles",
        type: "circle",
        source: "middles",
        paint: {
          "circle-radius": 4,
          "circle-color": colourOf("--paper"),
          "circle-stroke-color": colourOf("--main"),
          "circle-stroke-width": 1,
        },
      },
      {
        id: "corners",
        type: "circle",
        source: "corners",
        paint: {
          "circle-radius": ["case", ["get", "chosen"], 9, ["get", "mine"], 6, 3.5],
          "circle-color": [
            "case",
            ["get", "chosen"],
            colourOf("--map-corner-chosen"),
            ["get", "mine"],
            colourOf("--main"),
            colourOf("--edge"),
          ],
          "circle-stroke-color": ["case", ["get", "shared"], colourOf("--link"), colourOf("--paper")],
          "circle-stroke-width": 2,
        },
      },
      {
        id: "wrong-place",
        type: "circle",
        source: "findings",
        filter: ["==", ["geometry-type"], "Point"],
        paint: {
          "circle-radius": ["case", ["get", "chosen"], 14, 10],
          "circle-color": bad,
          "circle-opacity": 0.5,
          "circle-stroke-color": bad,
          "circle-stroke-width": 2,
        },
      },
    ],
  };
}
