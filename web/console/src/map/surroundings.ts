// What lies below a drawing on a map: the borders of grids, communities and streets, from the tiles.
import type { LayerSpecification } from "maplibre-gl";
import { colourOf } from "../../../src/theme";

const LINE_WIDTHS_PX = { grids: 1, communities: 1.5, streets: 2 };

/** Return the ground and the borders, in the colours of the theme that is shown. The tiles are the source `gridward`. */
export function surroundings(): LayerSpecification[] {
  const borders = Object.entries(LINE_WIDTHS_PX).map(
    ([layer, width]) =>
      ({
        id: `around-${layer}`,
        type: "line",
        source: "gridward",
        "source-layer": layer,
        paint: { "line-color": colourOf("--map-around"), "line-width": width },
      }) as const,
  );
  return [{ id: "background", type: "background", paint: { "background-color": colourOf("--map-land") } }, ...borders];
}
