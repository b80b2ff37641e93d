// Where on the map the findings of a redraw are.
import type { Geometry } from "geojson";
import type { RedrawResult } from "./apply-state";
import { geometryOf } from "./topology";

/** Return the place of each finding: its own geometry, else that of the areas that it names; null: it has no place. */
export function findingPlaces({ findings = [], draft }: RedrawResult): (Geometry | null)[] {
  return findings.map((finding) => {
    if (finding.place) return finding.place as unknown as Geometry;
    const polygons = draft.areas
      .filter((area) => finding.area_codes?.includes(area.code))
      .map((area) => geometryOf(draft, area))
      .flatMap((shape) => (shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates));
    return polygons.length ? ({ type: "MultiPolygon", coordinates: polygons } as unknown as Geometry) : null;
  });
}
