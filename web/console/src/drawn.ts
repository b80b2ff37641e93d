// How the console's map is drawn: areas as lines, open cases as points, late ones red and larger. No words: glyphs would be fetched.
import type { ExpressionSpecification, FilterSpecification, StyleSpecification } from "maplibre-gl";

const ENDED = ["not_filed", "closed", "force_closed"];
// The clock does not run.
const STANDING = ["deferred", "on_books", "fed_back", "checking"];
const POINTS = { source: "gridward", "source-layer": "incidents" } as const;

export function drawn(tilejson: string): StyleSpecification {
  const now = new Date().toISOString().slice(0, 19);
  const isOpen: FilterSpecification = ["all", ["!", ["has", "count"]], ["!", ["in", ["get", "status"], ["literal", ENDED]]]];
  const isLate: ExpressionSpecification = [
    "all",
    ["has", "due_at"],
    ["!", ["in", ["get", "status"], ["literal", STANDING]]],
    ["<", ["slice", ["coalesce", ["get", "due_at"], "9"], 0, 19], now],
  ];
  const line = (layer: string, colour: string, width: number) =>
    ({ id: layer, type: "line", source: "gridward", "source-layer": layer, paint: { "line-color": colour, "line-width": width } }) as const;
  return {
    version: 8,
    sources: { gridward: { type: "vector", url: tilejson } },
    layers: [
      { id: "background", type: "background", paint: { "background-color": "#f4f4f0" } },
      line("grids", "#8c97a3", 1),
      line("communities", "#7a6f9b", 1.5),
      line("streets", "#5b5b8a", 2.5),
      line("districts", "#404040", 3),
      {
        id: "incidents-sums",
        type: "circle",
        ...POINTS,
        filter: ["has", "count"],
        paint: {
          "circle-color": "#0a4f8f",
          "circle-opacity": 0.7,
          // The area of a circle is as large as what it counts.
          "circle-radius": ["min", 30, ["+", 4, ["sqrt", ["get", "count"]]]],
        },
      },
      {
        id: "incidents",
        type: "circle",
        ...POINTS,
        filter: isOpen,
        paint: {
          "circle-color": ["case", isLate, "#a40e0e", "#0a4f8f"],
          "circle-radius": ["case", isLate, 9, 7],
          "circle-stroke-color": "#ffffff",
          "circle-stroke-width": 2,
        },
      },
    ],
  };
}
