// Outlines of areas as SVG paths, in a picture of a given width.
export type Ring = [number, number][];
export type Shape = { type: "MultiPolygon"; coordinates: Ring[][] } | { type: "Polygon"; coordinates: Ring[] };
export type Outline = { id: string; path: string; at: [number, number] };

const ringsOf = (shape: Shape): Ring[] => (shape.type === "Polygon" ? shape.coordinates : shape.coordinates.flat());

/** Return the height of the picture and the path and a middle point of each area. A degree of longitude is narrower by the cosine. */
export function outlinesOf(
  areas: { id: string; shape: Shape }[],
  width: number,
): { height: number; outlines: Outline[] } {
  const points = areas.flatMap(({ shape }) => ringsOf(shape).flat());
  if (points.length === 0) return { height: 0, outlines: [] };
  const [west, south, east, north] = points.reduce(
    (box, [lon, lat]) => [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)],
    [180, 90, -180, -90] as [number, number, number, number],
  );
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = width / Math.max((east - west) * narrow, 1e-9);
  const place = ([lon, lat]: [number, number]): [number, number] => [
    (lon - west) * narrow * scale,
    (north - lat) * scale,
  ];
  return {
    height: Math.max(1, (north - south) * scale),
    outlines: areas.map(({ id, shape }) => {
      const rings = ringsOf(shape).map((ring) => ring.map(place));
      return {
        id,
        path: rings.map((ring) => `M${ring.map((at) => at.map((n) => n.toFixed(1)).join()).join("L")}Z`).join(""),
        at: middleOf(rings),
      };
    }),
  };
}

/** Return the centre of the largest ring. */
function middleOf(rings: [number, number][][]): [number, number] {
  let best: [number, number] = [0, 0];
  let largest = -1;
  for (const ring of rings) {
    let [area, x, y] = [0, 0, 0];
    for (let n = 0; n + 1 < ring.length; n++) {
      const [[x1, y1], [x2, y2]] = [ring[n]!, ring[n + 1]!];
      const cross = x1 * y2 - x2 * y1;
      area += cross;
      x += (x1 + x2) * cross;
      y += (y1 + y2) * cross;
    }
    if (Math.abs(area) > largest) {
      largest = Math.abs(area);
      best = area ? [x / (3 * area), y / (3 * area)] : (ring[0] ?? best);
    }
  }
  return best;
}
