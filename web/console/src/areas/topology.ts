// Areas side by side as what they share: corners that belong to all rings which pass through them. Pure; a change makes a new plan.
//
// A ring is a list of corners without its first one again; the land lies on its left (outer rings run against the clock, holes with it).

export type At = readonly [lon: number, lat: number];
export type Ring = readonly number[];
export type Part = {
  /** Its own in the plan, whatever code and id do. */
  readonly key: string;
  /** Of the area as it stands; null: a new one. */
  readonly id: string | null;
  readonly code: string;
  readonly name: { zh?: string; en?: string };
  readonly rings: readonly Ring[];
};

export type Plan = { readonly corners: readonly At[]; readonly parts: readonly Part[] };
export type Shape = { type: "Polygon"; coordinates: At[][] } | { type: "MultiPolygon"; coordinates: At[][][] };
export type Given = { id: string; code: string; name: { zh?: string; en?: string }; geometry: { type: string; coordinates: unknown } };

const METRES_A_DEGREE = 111_320;

/** A corner this near to a neighbour's edge lies on it. */
const ON_EDGE_M = 0.02;
const DIGITS = 1e9;

/** The areas as they stand. Equal coordinates are one corner, and a corner on a neighbour's edge becomes one of the neighbour's. */
export function planOf(areas: readonly Given[]): Plan {
  const corners: At[] = [];
  const known = new Map<string, number>();
  const cornerAt = (at: At): number => {
    const key = at.join();
    const found = known.get(key) ?? corners.push(at) - 1;
    known.set(key, found);
    return found;
  };
  const parts = areas.map(({ id, code, name, geometry }): Part => {
    const polygons = (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates) as At[][][];
    const rings = polygons.flatMap((polygon) =>
      polygon.map((ring, n) => {
        const shared = ring.slice(0, -1).map(([lon, lat]) => cornerAt([lon, lat]));
        return (areaOf(shared, corners) > 0) === (n === 0) ? shared : shared.reverse();
      }),
    );
    return { key: id, id, code, name, rings };
  });
  const fromWest = corners.map((_, corner) => corner).sort((one, other) => corners[one]![0] - corners[other]![0]);
  return { corners, parts: parts.map((part) => ({ ...part, rings: part.rings.map((ring) => withCornersOn(ring, corners, fromWest)) })) };
}

export const move = (plan: Plan, corner: number, to: At): Plan => ({ ...plan, corners: plan.corners.map((at, n) => (n === corner ? rounded(to) : at)) });

/** So many metres to the east and to the north. */
export function moved(at: At, east: number, north: number): At {
  return rounded([at[0] + east / (METRES_A_DEGREE * Math.cos((at[1] * Math.PI) / 180)), at[1] + north / METRES_A_DEGREE]);
}

/** A new corner between two neighbours, in every ring that has this edge; and its number. */
export function insert(plan: Plan, from: number, to: number, at: At): [Plan, number] {
  const made = plan.corners.length;
  const parts = plan.parts.map((part) => ({
    ...part,
    rings: part.rings.map((ring) =>
      ring.flatMap((corner, n) => {
        const next = ring[(n + 1) % ring.length];
        return (corner === from && next === to) || (corner === to && next === from) ? [corner, made] : [corner];
      }),
    ),
  }));
  return [{ corners: [...plan.corners, rounded(at)], parts }, made];
}

/** Without a corner; null where a ring would have fewer than three. */
export function remove(plan: Plan, corner: number): Plan | null {
  const parts = plan.parts.map((part) => ({ ...part, rings: part.rings.map((ring) => ring.filter((one) => one !== corner)) }));
  return parts.some((part) => part.rings.some((ring) => ring.length < 3)) ? null : { ...plan, parts };
}

/** A part cut from one corner of a ring to another: it keeps what lies to the right of the cut, a new part gets the rest. Null: no such cut. */
export function split(plan: Plan, key: string, from: number, to: number, made: Pick<Part, "key" | "code" | "name">): Plan | null {
  const part = plan.parts.find((one) => one.key === key);
  const ring = part?.rings.find((one) => one.includes(from) && one.includes(to));
  // A part in pieces, or with holes, would have to tell which half gets which.
  if (!part || !ring || part.rings.length > 1) return null;
  const turned = [...ring.slice(ring.indexOf(from)), ...ring.slice(0, ring.indexOf(from))];
  const cut = turned.indexOf(to);
  const kept = turned.slice(0, cut + 1);
  const given = [...turned.slice(cut), from];
  if (kept.length < 3 || given.length < 3) return null;
  const parts = plan.parts.flatMap((one) => (one === part ? [{ ...part, rings: [kept] }, { ...made, id: null, rings: [given] }] : [one]));
  return { ...plan, parts };
}

/** Two parts as one, which keeps the name of the first: what they share is no border any more. Null: they do not touch. */
export function merge(plan: Plan, keep: string, gone: string): Plan | null {
  const [one, other] = [keep, gone].map((key) => plan.parts.find((part) => part.key === key));
  if (!one || !other || one === other) return null;
  const edges = [...one.rings, ...other.rings].flatMap((ring) => ring.map((from, n) => [from, ring[(n + 1) % ring.length]!] as const));
  const there = new Set(edges.map(([from, to]) => `${from} ${to}`));
  const left = edges.filter(([from, to]) => !there.has(`${to} ${from}`));
  if (left.length === edges.length || left.length === 0) return null;
  const parts = plan.parts.filter((part) => part !== other).map((part) => (part === one ? { ...one, rings: chained(left) } : part));
  return { ...plan, parts };
}

export const renamed = (plan: Plan, key: string, to: Partial<Pick<Part, "code" | "name">>): Plan => ({
  ...plan,
  parts: plan.parts.map((part) => (part.key === key ? { ...part, ...to } : part)),
});

/** For each corner the parts that have it. */
export function sharers(plan: Plan): Map<number, Part[]> {
  const found = new Map<number, Part[]>();
  for (const part of plan.parts)
    for (const corner of new Set(part.rings.flat())) found.set(corner, [...(found.get(corner) ?? []), part]);
  return found;
}

/** Parts with a border in common. */
export function neighbours(plan: Plan, key: string): Part[] {
  const mine = new Set(plan.parts.find((part) => part.key === key)?.rings.flatMap((ring) => ring.map((from, n) => `${ring[(n + 1) % ring.length]} ${from}`)));
  return plan.parts.filter((part) => part.key !== key && part.rings.some((ring) => ring.some((from, n) => mine.has(`${from} ${ring[(n + 1) % ring.length]}`))));
}

/** As GeoJSON: each hole in the outer ring around it. */
export function shapeOf(plan: Plan, part: Part): Shape {
  const closed = (ring: Ring): At[] => [...ring, ring[0]!].map((corner) => plan.corners[corner]!);
  const outer = part.rings.filter((ring) => areaOf(ring, plan.corners) >= 0);
  const holes = part.rings.filter((ring) => areaOf(ring, plan.corners) < 0);
  const polygons = outer.map((ring) => [closed(ring), ...holes.filter((hole) => outer.length === 1 || isInside(plan.corners[hole[0]!]!, closed(ring))).map(closed)]);
  return polygons.length === 1 ? { type: "Polygon", coordinates: polygons[0]! } : { type: "MultiPolygon", coordinates: polygons };
}

export type Redraw = { replaces: string[]; areas: { id?: string; code: string; name: { zh?: string; en?: string }; geometry: Shape }[] };

/** What has to be redrawn together to come from one plan to another: every area that changed, vanished or is new. */
export function redrawOf(before: Plan, after: Plan): Redraw {
  const was = new Map(before.parts.map((part) => [part.key, part]));
  const told = (plan: Plan, part: Part) => JSON.stringify([part.code, part.name, shapeOf(plan, part)]);
  const changed = after.parts.filter((part) => !was.has(part.key) || told(before, was.get(part.key)!) !== told(after, part));
  const gone = before.parts.filter((part) => !after.parts.some((one) => one.key === part.key));
  return {
    replaces: [...changed.flatMap((part) => part.id ?? []), ...gone.flatMap((part) => part.id ?? [])],
    areas: changed.map((part) => ({ ...(part.id ? { id: part.id } : {}), code: part.code, name: part.name, geometry: shapeOf(after, part) })),
  };
}

/** Somewhere to write a name. */
export function middle(plan: Plan, part: Part): At {
  const ring = part.rings.reduce((largest, one) => (areaOf(one, plan.corners) > areaOf(largest, plan.corners) ? one : largest));
  const sum = (axis: 0 | 1) => ring.reduce((all, corner) => all + plan.corners[corner]![axis], 0);
  return [sum(0) / ring.length, sum(1) / ring.length];
}

// --- inside ---------------------------------------------------------------------------------

const rounded = ([lon, lat]: At): At => [Math.round(lon * DIGITS) / DIGITS, Math.round(lat * DIGITS) / DIGITS];

function areaOf(ring: Ring, corners: readonly At[]): number {
  return ring.reduce((sum, corner, n) => {
    const [x, y] = corners[corner]!;
    const [nextX, nextY] = corners[ring[(n + 1) % ring.length]!]!;
    return sum + x * nextY - nextX * y;
  }, 0);
}

function withCornersOn(ring: Ring, corners: readonly At[], fromWest: readonly number[]): Ring {
  const own = new Set(ring);
  const slack = (2 * ON_EDGE_M) / METRES_A_DEGREE / Math.max(0.01, Math.cos((corners[ring[0]!]![1] * Math.PI) / 180));
  return ring.flatMap((from, n) => {
    const to = ring[(n + 1) % ring.length]!;
    const [west = 0, east = 0] = [corners[from]![0], corners[to]![0]].sort((one, other) => one - other);
    const on: { corner: number; share: number }[] = [];
    for (let place = firstFrom(fromWest, corners, west - slack); place < fromWest.length && corners[fromWest[place]!]![0] <= east + slack; place++) {
      const corner = fromWest[place]!;
      const share = own.has(corner) ? null : shareAlong(corners[corner]!, corners[from]!, corners[to]!);
      if (share !== null) on.push({ corner, share });
    }
    return [from, ...on.sort((one, other) => one.share - other.share).map((one) => one.corner)];
  });
}

/** The place of the first corner that is not west of a longitude. */
function firstFrom(fromWest: readonly number[], corners: readonly At[], lon: number): number {
  let [low, high] = [0, fromWest.length];
  while (low < high) {
    const half = (low + high) >> 1;
    if (corners[fromWest[half]!]![0] < lon) low = half + 1;
    else high = half;
  }
  return low;
}

/** How far along an edge a place on it lies, between 0 and 1; null: not on it. */
function shareAlong(at: At, from: At, to: At): number | null {
  const scale = Math.cos((from[1] * Math.PI) / 180);
  const [x, y] = [(to[0] - from[0]) * scale, to[1] - from[1]];
  const [u, v] = [(at[0] - from[0]) * scale, at[1] - from[1]];
  const length = x * x + y * y;
  const share = length === 0 ? -1 : (u * x + v * y) / length;
  if (share <= 0 || share >= 1) return null;
  return Math.hypot(u - share * x, v - share * y) * METRES_A_DEGREE < ON_EDGE_M ? share : null;
}

/** Edges that follow each other, as rings. */
function chained(edges: readonly (readonly [number, number])[]): Ring[] {
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

function isInside([x, y]: At, ring: readonly At[]): boolean {
  return ring.slice(1).reduce((isIn, [x2, y2], n) => {
    const [x1, y1] = ring[n]!;
    return y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1 ? !isIn : isIn;
  }, false);
}
