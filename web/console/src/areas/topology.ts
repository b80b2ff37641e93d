// Topology of adjacent areas: shared corners, so that moving a corner changes all areas that contain it. Pure functions;
// each change returns a new draft.
//
// A ring is a list of corner indices without the first one repeated. The area is on its left: outer rings run
// counter-clockwise, holes clockwise.

export type Position = readonly [lon: number, lat: number];
export type Ring = readonly number[];
export type DraftArea = {
  /** Key within the draft; does not change with code or id. */
  readonly key: string;
  /** Id of the existing area; null for a new one. */
  readonly id: string | null;
  readonly code: string;
  readonly name: { zh?: string; en?: string };
  readonly rings: readonly Ring[];
};

export type RedrawDraft = { readonly corners: readonly Position[]; readonly areas: readonly DraftArea[] };
export type AreaGeometry =
  { type: "Polygon"; coordinates: Position[][] } | { type: "MultiPolygon"; coordinates: Position[][][] };
export type AreaInput = {
  id: string;
  code: string;
  name: { zh?: string; en?: string };
  geometry: { type: string; coordinates: unknown };
};

const METRES_PER_DEGREE = 111_320;

/** A corner this close to a neighbour's edge lies on it. */
const ON_EDGE_M = 0.02;
const PRECISION = 1e9;

/**
 * Return the draft of existing areas. Equal coordinates become one corner; a corner on a neighbour's edge is inserted
 * into that edge.
 */
export function toRedrawDraft(existing: readonly AreaInput[]): RedrawDraft {
  const corners: Position[] = [];
  const cornerByKey = new Map<string, number>();
  const cornerAt = (at: Position): number => {
    const key = at.join();
    const index = cornerByKey.get(key) ?? corners.push(at) - 1;
    cornerByKey.set(key, index);
    return index;
  };
  const areas = existing.map(({ id, code, name, geometry }): DraftArea => {
    const polygons = (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates) as Position[][][];
    const rings = polygons.flatMap((polygon) =>
      polygon.map((ring, n) => {
        const shared = ring.slice(0, -1).map(([lon, lat]) => cornerAt([lon, lat]));
        return signedArea(shared, corners) > 0 === (n === 0) ? shared : shared.reverse();
      }),
    );
    return { key: id, id, code, name, rings };
  });
  const fromWest = corners.map((_, corner) => corner).sort((a, b) => corners[a]![0] - corners[b]![0]);
  return {
    corners,
    areas: areas.map((area) => ({ ...area, rings: area.rings.map((ring) => withCornersOn(ring, corners, fromWest)) })),
  };
}

export const moveCorner = (draft: RedrawDraft, corner: number, to: Position): RedrawDraft => ({
  ...draft,
  corners: draft.corners.map((at, n) => (n === corner ? roundPosition(to) : at)),
});

/** Return a position offset by metres to the east and to the north. */
export function offsetPosition(at: Position, east: number, north: number): Position {
  return roundPosition([
    at[0] + east / (METRES_PER_DEGREE * Math.cos((at[1] * Math.PI) / 180)),
    at[1] + north / METRES_PER_DEGREE,
  ]);
}

/**
 * Insert a corner between two neighbouring corners in every ring with this edge. Returns the draft and the new corner's
 * index.
 */
export function insertCorner(draft: RedrawDraft, from: number, to: number, at: Position): [RedrawDraft, number] {
  const newCorner = draft.corners.length;
  const areas = draft.areas.map((area) => ({
    ...area,
    rings: area.rings.map((ring) =>
      ring.flatMap((corner, n) => {
        const next = ring[(n + 1) % ring.length];
        return (corner === from && next === to) || (corner === to && next === from) ? [corner, newCorner] : [corner];
      }),
    ),
  }));
  return [{ corners: [...draft.corners, roundPosition(at)], areas }, newCorner];
}

/** Remove a corner; null if a ring would have fewer than three. */
export function removeCorner(draft: RedrawDraft, corner: number): RedrawDraft | null {
  const areas = draft.areas.map((area) => ({
    ...area,
    rings: area.rings.map((ring) => ring.filter((other) => other !== corner)),
  }));
  return areas.some((area) => area.rings.some((ring) => ring.length < 3)) ? null : { ...draft, areas };
}

/**
 * Split an area along a cut between two corners of its ring: it keeps the land to the right, a new area gets the rest.
 * Null if the cut is impossible.
 */
export function splitArea(
  draft: RedrawDraft,
  key: string,
  from: number,
  to: number,
  newArea: Pick<DraftArea, "key" | "code" | "name">,
): RedrawDraft | null {
  const area = draft.areas.find((candidate) => candidate.key === key);
  const ring = area?.rings.find((candidate) => candidate.includes(from) && candidate.includes(to));
  // For an area with several pieces or holes it is undefined which half gets which.
  if (!area || !ring || area.rings.length > 1) return null;
  const turned = [...ring.slice(ring.indexOf(from)), ...ring.slice(0, ring.indexOf(from))];
  const cut = turned.indexOf(to);
  const keptRing = turned.slice(0, cut + 1);
  const newRing = [...turned.slice(cut), from];
  if (keptRing.length < 3 || newRing.length < 3) return null;
  const areas = draft.areas.flatMap((other) =>
    other === area
      ? [
          { ...area, rings: [keptRing] },
          { ...newArea, id: null, rings: [newRing] },
        ]
      : [other],
  );
  return { ...draft, areas };
}

/** Merge two areas; the result has code and name of the first. Null if they do not touch. */
export function mergeAreas(draft: RedrawDraft, keptKey: string, removedKey: string): RedrawDraft | null {
  const [first, second] = [keptKey, removedKey].map((key) => draft.areas.find((area) => area.key === key));
  if (!first || !second || first === second) return null;
  const edges = [...first.rings, ...second.rings].flatMap((ring) =>
    ring.map((from, n) => [from, ring[(n + 1) % ring.length]!] as const),
  );
  const directedEdges = new Set(edges.map(([from, to]) => `${from} ${to}`));
  const border = edges.filter(([from, to]) => !directedEdges.has(`${to} ${from}`));
  if (border.length === edges.length || border.length === 0) return null;
  const areas = draft.areas
    .filter((area) => area !== second)
    .map((area) => (area === first ? { ...first, rings: edgesToRings(border) } : area));
  return { ...draft, areas };
}

export const renameArea = (
  draft: RedrawDraft,
  key: string,
  to: Partial<Pick<DraftArea, "code" | "name">>,
): RedrawDraft => ({
  ...draft,
  areas: draft.areas.map((area) => (area.key === key ? { ...area, ...to } : area)),
});

/** Return the areas that contain each corner. */
export function areasByCorner(draft: RedrawDraft): Map<number, DraftArea[]> {
  const areasByCorner = new Map<number, DraftArea[]>();
  for (const area of draft.areas)
    for (const corner of new Set(area.rings.flat()))
      areasByCorner.set(corner, [...(areasByCorner.get(corner) ?? []), area]);
  return areasByCorner;
}

/** Return the areas that share a border with an area. */
export function adjacentAreas(draft: RedrawDraft, key: string): DraftArea[] {
  const ownEdges = new Set(
    draft.areas
      .find((area) => area.key === key)
      ?.rings.flatMap((ring) => ring.map((from, n) => `${ring[(n + 1) % ring.length]} ${from}`)),
  );
  return draft.areas.filter(
    (area) =>
      area.key !== key &&
      area.rings.some((ring) => ring.some((from, n) => ownEdges.has(`${from} ${ring[(n + 1) % ring.length]}`))),
  );
}

/** Return the geometry of an area as GeoJSON, each hole within the outer ring around it. */
export function geometryOf(draft: RedrawDraft, area: DraftArea): AreaGeometry {
  const closed = (ring: Ring): Position[] => [...ring, ring[0]!].map((corner) => draft.corners[corner]!);
  const outer = area.rings.filter((ring) => signedArea(ring, draft.corners) >= 0);
  const holes = area.rings.filter((ring) => signedArea(ring, draft.corners) < 0);
  const polygons = outer.map((ring) => [
    closed(ring),
    ...holes.filter((hole) => outer.length === 1 || isInside(draft.corners[hole[0]!]!, closed(ring))).map(closed),
  ]);
  return polygons.length === 1
    ? { type: "Polygon", coordinates: polygons[0]! }
    : { type: "MultiPolygon", coordinates: polygons };
}

export type RedrawPayload = {
  replaces: string[];
  areas: { id?: string; code: string; name: { zh?: string; en?: string }; geometry: AreaGeometry }[];
};

/** Return the payload that turns one draft into the other: every area that was changed, removed or added. */
export function redrawPayload(before: RedrawDraft, after: RedrawDraft): RedrawPayload {
  const areasBefore = new Map(before.areas.map((area) => [area.key, area]));
  const fingerprint = (draft: RedrawDraft, area: DraftArea) =>
    JSON.stringify([area.code, area.name, geometryOf(draft, area)]);
  const changed = after.areas.filter(
    (area) =>
      !areasBefore.has(area.key) || fingerprint(before, areasBefore.get(area.key)!) !== fingerprint(after, area),
  );
  const gone = before.areas.filter((area) => !after.areas.some((other) => other.key === area.key));
  return {
    replaces: [...changed.flatMap((area) => area.id ?? []), ...gone.flatMap((area) => area.id ?? [])],
    areas: changed.map((area) => ({
      ...(area.id ? { id: area.id } : {}),
      code: area.code,
      name: area.name,
      geometry: geometryOf(after, area),
    })),
  };
}

/** Return a position for the label of an area. */
export function labelPosition(draft: RedrawDraft, area: DraftArea): Position {
  const ring = area.rings.reduce((largest, candidate) =>
    signedArea(candidate, draft.corners) > signedArea(largest, draft.corners) ? candidate : largest,
  );
  const sum = (axis: 0 | 1) => ring.reduce((all, corner) => all + draft.corners[corner]![axis], 0);
  return [sum(0) / ring.length, sum(1) / ring.length];
}

const roundPosition = ([lon, lat]: Position): Position => [
  Math.round(lon * PRECISION) / PRECISION,
  Math.round(lat * PRECISION) / PRECISION,
];

function signedArea(ring: Ring, corners: readonly Position[]): number {
  return ring.reduce((sum, corner, n) => {
    const [x, y] = corners[corner]!;
    const [nextX, nextY] = corners[ring[(n + 1) % ring.length]!]!;
    return sum + x * nextY - nextX * y;
  }, 0);
}

function withCornersOn(ring: Ring, corners: readonly Position[], fromWest: readonly number[]): Ring {
  const ownCorners = new Set(ring);
  const slack = (2 * ON_EDGE_M) / METRES_PER_DEGREE / Math.max(0.01, Math.cos((corners[ring[0]!]![1] * Math.PI) / 180));
  return ring.flatMap((from, n) => {
    const to = ring[(n + 1) % ring.length]!;
    const [west = 0, east = 0] = [corners[from]![0], corners[to]![0]].sort((a, b) => a - b);
    const on: { corner: number; share: number }[] = [];
    for (
      let place = firstIndexFromLon(fromWest, corners, west - slack);
      place < fromWest.length && corners[fromWest[place]!]![0] <= east + slack;
      place++
    ) {
      const corner = fromWest[place]!;
      const share = ownCorners.has(corner) ? null : fractionAlongEdge(corners[corner]!, corners[from]!, corners[to]!);
      if (share !== null) on.push({ corner, share });
    }
    return [from, ...on.sort((a, b) => a.share - b.share).map((entry) => entry.corner)];
  });
}

/** Return the index of the first corner that is not west of a longitude. */
function firstIndexFromLon(fromWest: readonly number[], corners: readonly Position[], lon: number): number {
  let [low, high] = [0, fromWest.length];
  while (low < high) {
    const half = (low + high) >> 1;
    if (corners[fromWest[half]!]![0] < lon) low = half + 1;
    else high = half;
  }
  return low;
}

/** Return how far along an edge a position on it lies, between 0 and 1; null if it is not on the edge. */
function fractionAlongEdge(at: Position, from: Position, to: Position): number | null {
  const scale = Math.cos((from[1] * Math.PI) / 180);
  const [x, y] = [(to[0] - from[0]) * scale, to[1] - from[1]];
  const [u, v] = [(at[0] - from[0]) * scale, at[1] - from[1]];
  const length = x * x + y * y;
  const share = length === 0 ? -1 : (u * x + v * y) / length;
  if (share <= 0 || share >= 1) return null;
  return Math.hypot(u - share * x, v - share * y) * METRES_PER_DEGREE < ON_EDGE_M ? share : null;
}

/** Join edges to rings. */
function edgesToRings(edges: readonly (readonly [number, number])[]): Ring[] {
  const from = new Map<number, number[]>();
  edges.forEach(([start, end]) => from.set(start, [...(from.get(start) ?? []), end]));
  const rings: number[][] = [];
  for (const [start] of edges) {
    while (from.get(start)?.length) {
      const ring = [start];
      for (let at = from.get(start)!.pop()!; at !== start; at = from.get(at)!.pop()!) ring.push(at);
      rings.push(ring);
    }
  }
  return rings;
}

function isInside([x, y]: Position, ring: readonly Position[]): boolean {
  return ring.slice(1).reduce((isIn, [x2, y2], n) => {
    const [x1, y1] = ring[n]!;
    return y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1 ? !isIn : isIn;
  }, false);
}
