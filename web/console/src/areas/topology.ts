// Topology of adjacent areas: shared corners, so that moving a corner changes all areas that contain it. Pure functions;
// each change returns a new plan.
//
// A ring is a list of corner indices without the first one repeated. The area is on its left: outer rings run
// counter-clockwise, holes clockwise.

export type Position = readonly [lon: number, lat: number];
export type Ring = readonly number[];
export type Part = {
  /** Key within the plan; does not change with code or id. */
  readonly key: string;
  /** Id of the existing area; null for a new one. */
  readonly id: string | null;
  readonly code: string;
  readonly name: { zh?: string; en?: string };
  readonly rings: readonly Ring[];
};

export type Plan = { readonly corners: readonly Position[]; readonly parts: readonly Part[] };
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
 * Return the plan of existing areas. Equal coordinates become one corner; a corner on a neighbour's edge is inserted
 * into that edge.
 */
export function toPlan(areas: readonly AreaInput[]): Plan {
  const corners: Position[] = [];
  const cornerByKey = new Map<string, number>();
  const cornerAt = (at: Position): number => {
    const key = at.join();
    const index = cornerByKey.get(key) ?? corners.push(at) - 1;
    cornerByKey.set(key, index);
    return index;
  };
  const parts = areas.map(({ id, code, name, geometry }): Part => {
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
    parts: parts.map((part) => ({ ...part, rings: part.rings.map((ring) => withCornersOn(ring, corners, fromWest)) })),
  };
}

export const moveCorner = (plan: Plan, corner: number, to: Position): Plan => ({
  ...plan,
  corners: plan.corners.map((at, n) => (n === corner ? roundPosition(to) : at)),
});

/** Return a position offset by metres to the east and to the north. */
export function offsetPosition(at: Position, east: number, north: number): Position {
  return roundPosition([
    at[0] + east / (METRES_PER_DEGREE * Math.cos((at[1] * Math.PI) / 180)),
    at[1] + north / METRES_PER_DEGREE,
  ]);
}

/**
 * Insert a corner between two neighbouring corners in every ring with this edge. Returns the plan and the new corner's
 * index.
 */
export function insertCorner(plan: Plan, from: number, to: number, at: Position): [Plan, number] {
  const newCorner = plan.corners.length;
  const parts = plan.parts.map((part) => ({
    ...part,
    rings: part.rings.map((ring) =>
      ring.flatMap((corner, n) => {
        const next = ring[(n + 1) % ring.length];
        return (corner === from && next === to) || (corner === to && next === from) ? [corner, newCorner] : [corner];
      }),
    ),
  }));
  return [{ corners: [...plan.corners, roundPosition(at)], parts }, newCorner];
}

/** Remove a corner; null if a ring would have fewer than three. */
export function removeCorner(plan: Plan, corner: number): Plan | null {
  const parts = plan.parts.map((part) => ({
    ...part,
    rings: part.rings.map((ring) => ring.filter((other) => other !== corner)),
  }));
  return parts.some((part) => part.rings.some((ring) => ring.length < 3)) ? null : { ...plan, parts };
}

/**
 * Split a part along a cut between two corners of its ring: it keeps the land to the right, a new part gets the rest.
 * Null if the cut is impossible.
 */
export function splitPart(
  plan: Plan,
  key: string,
  from: number,
  to: number,
  newPart: Pick<Part, "key" | "code" | "name">,
): Plan | null {
  const part = plan.parts.find((candidate) => candidate.key === key);
  const ring = part?.rings.find((candidate) => candidate.includes(from) && candidate.includes(to));
  // For a part with several pieces or holes it is undefined which half gets which.
  if (!part || !ring || part.rings.length > 1) return null;
  const turned = [...ring.slice(ring.indexOf(from)), ...ring.slice(0, ring.indexOf(from))];
  const cut = turned.indexOf(to);
  const keptRing = turned.slice(0, cut + 1);
  const newRing = [...turned.slice(cut), from];
  if (keptRing.length < 3 || newRing.length < 3) return null;
  const parts = plan.parts.flatMap((other) =>
    other === part
      ? [
          { ...part, rings: [keptRing] },
          { ...newPart, id: null, rings: [newRing] },
        ]
      : [other],
  );
  return { ...plan, parts };
}

/** Merge two parts; the result has code and name of the first. Null if they do not touch. */
export function mergeParts(plan: Plan, keptKey: string, removedKey: string): Plan | null {
  const [first, second] = [keptKey, removedKey].map((key) => plan.parts.find((part) => part.key === key));
  if (!first || !second || first === second) return null;
  const edges = [...first.rings, ...second.rings].flatMap((ring) =>
    ring.map((from, n) => [from, ring[(n + 1) % ring.length]!] as const),
  );
  const directedEdges = new Set(edges.map(([from, to]) => `${from} ${to}`));
  const border = edges.filter(([from, to]) => !directedEdges.has(`${to} ${from}`));
  if (border.length === edges.length || border.length === 0) return null;
  const parts = plan.parts
    .filter((part) => part !== second)
    .map((part) => (part === first ? { ...first, rings: edgesToRings(border) } : part));
  return { ...plan, parts };
}

export const renamePart = (plan: Plan, key: string, to: Partial<Pick<Part, "code" | "name">>): Plan => ({
  ...plan,
  parts: plan.parts.map((part) => (part.key === key ? { ...part, ...to } : part)),
});

/** Return the parts that contain each corner. */
export function partsByCorner(plan: Plan): Map<number, Part[]> {
  const partsByCorner = new Map<number, Part[]>();
  for (const part of plan.parts)
    for (const corner of new Set(part.rings.flat()))
      partsByCorner.set(corner, [...(partsByCorner.get(corner) ?? []), part]);
  return partsByCorner;
}

/** Return the parts that share a border with a part. */
export function adjacentParts(plan: Plan, key: string): Part[] {
  const ownEdges = new Set(
    plan.parts
      .find((part) => part.key === key)
      ?.rings.flatMap((ring) => ring.map((from, n) => `${ring[(n + 1) % ring.length]} ${from}`)),
  );
  return plan.parts.filter(
    (part) =>
      part.key !== key &&
      part.rings.some((ring) => ring.some((from, n) => ownEdges.has(`${from} ${ring[(n + 1) % ring.length]}`))),
  );
}

/** Return the geometry of a part as GeoJSON, each hole within the outer ring around it. */
export function geometryOf(plan: Plan, part: Part): AreaGeometry {
  const closed = (ring: Ring): Position[] => [...ring, ring[0]!].map((corner) => plan.corners[corner]!);
  const outer = part.rings.filter((ring) => signedArea(ring, plan.corners) >= 0);
  const holes = part.rings.filter((ring) => signedArea(ring, plan.corners) < 0);
  const polygons = outer.map((ring) => [
    closed(ring),
    ...holes.filter((hole) => outer.length === 1 || isInside(plan.corners[hole[0]!]!, closed(ring))).map(closed),
  ]);
  return polygons.length === 1
    ? { type: "Polygon", coordinates: polygons[0]! }
    : { type: "MultiPolygon", coordinates: polygons };
}

export type RedrawPayload = {
  replaces: string[];
  areas: { id?: string; code: string; name: { zh?: string; en?: string }; geometry: AreaGeometry }[];
};

/** Return the payload that turns one plan into the other: every area that was changed, removed or added. */
export function redrawPayload(before: Plan, after: Plan): RedrawPayload {
  const partsBefore = new Map(before.parts.map((part) => [part.key, part]));
  const fingerprint = (plan: Plan, part: Part) => JSON.stringify([part.code, part.name, geometryOf(plan, part)]);
  const changed = after.parts.filter(
    (part) =>
      !partsBefore.has(part.key) || fingerprint(before, partsBefore.get(part.key)!) !== fingerprint(after, part),
  );
  const gone = before.parts.filter((part) => !after.parts.some((other) => other.key === part.key));
  return {
    replaces: [...changed.flatMap((part) => part.id ?? []), ...gone.flatMap((part) => part.id ?? [])],
    areas: changed.map((part) => ({
      ...(part.id ? { id: part.id } : {}),
      code: part.code,
      name: part.name,
      geometry: geometryOf(after, part),
    })),
  };
}

/** Return a position for the label of a part. */
export function labelPosition(plan: Plan, part: Part): Position {
  const ring = part.rings.reduce((largest, candidate) =>
    signedArea(candidate, plan.corners) > signedArea(largest, plan.corners) ? candidate : largest,
  );
  const sum = (axis: 0 | 1) => ring.reduce((all, corner) => all + plan.corners[corner]![axis], 0);
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
