// The cases that the map marks: the same as those of the list. Open cases are held in memory and filtered here, with each change
// at once; cases by other filters come from the server, page by page.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { IncidentPage } from "../case/incident";
import { useQuery } from "../hooks/use-query";
import { liveUpdates } from "../live-updates";
import { ACCEPT_JSON, callApi, client, type Schemas } from "../session";
import { canHold, countStages, filtersOf, holds } from "./held-filter";
import type { Stage } from "./map-symbols";
import { MAX_CASES, type OpenCase, OpenCases } from "./open-cases";

/** Interval at which cases are checked for having become late. */
const CLOCK_MS = 15_000;
const PAGE_SIZE = 500;
const MAX_FILTERED = 5_000;

export type MarkedCases = {
  /** A new array whenever marks have to be drawn again. */
  cases: OpenCase[];
  /** Ids that changed since the last array. */
  changed: string[];
  counts: Record<Stage, number>;
  late: number;
  isLate: (incident: OpenCase) => boolean;
  placeOf: (id: string) => [number, number] | undefined;
  /** The most that are shown, if there are more. */
  limit: number | null;
  error: unknown;
  reload: () => void;
};

/** Return the cases that meet the filters of a request of the list. */
export function useMarkedCases(params: URLSearchParams): MarkedCases {
  const filters = filtersOf(params);
  const key = String(filters);
  const isHeld = canHold(filters);
  const held = useOpenCases(isHeld);
  const other = useQuery(
    () => (isHeld ? Promise.resolve(NOTHING) : readFiltered(filters)),
    isHeld ? "held" : `marks ${key}`,
    !isHeld,
  );
  const source = isHeld ? null : (other.data ?? NOTHING);
  const isLate = (incident: OpenCase) => held.open.isLate(incident);
  const cases = useMemo(
    () => source?.cases ?? [...held.open.all.values()].filter((incident) => holds(incident, filters, isLate)),
    [source, held.edition, key],
  );
  const counts = useMemo(
    () =>
      countStages(
        source?.cases ?? [...held.open.all.values()].filter((incident) => holds(incident, filters, isLate, true)),
      ),
    [cases],
  );
  const late = useMemo(() => cases.filter(isLate).length, [cases]);
  const placeById = useMemo(
    () => new Map(cases.map((incident) => [incident.id, [incident.lon, incident.lat] as [number, number]])),
    [cases],
  );
  return {
    cases,
    changed: isHeld ? held.changed : [],
    counts,
    late,
    isLate,
    placeOf: (id) => placeById.get(id),
    limit: source?.hasMore ? MAX_FILTERED : isHeld && held.open.hasMore ? MAX_CASES : null,
    error: isHeld ? held.error : other.error,
    reload: () => (isHeld ? held.open.refresh() : other.reload()),
  };
}

/** Return the open cases, read while `isOn`, and a number that changes with them. */
function useOpenCases(isOn: boolean): { open: OpenCases; edition: number; changed: string[]; error: unknown } {
  const [edition, setEdition] = useState<{ n: number; changed: string[] }>({ n: 0, changed: [] });
  const [error, setError] = useState<unknown>(null);
  const created = useRef<OpenCases | null>(null);
  created.current ??= new OpenCases((changed) => setEdition(({ n }) => ({ n: n + 1, changed })), setError);
  const open = created.current;
  useEffect(() => () => open.stop(), []);
  useEffect(() => {
    if (!isOn) return;
    open.refresh();
    const countLate = () => [...open.all.values()].reduce((sum, incident) => sum + Number(open.isLate(incident)), 0);
    let late = countLate();
    const forget = liveUpdates.onChange(() => open.refresh());
    // Marks are drawn again only if a case has become late meanwhile.
    const clock = setInterval(() => {
      const before = late;
      late = countLate();
      if (late !== before) setEdition(({ n }) => ({ n: n + 1, changed: [] }));
    }, CLOCK_MS);
    return () => {
      forget();
      clearInterval(clock);
    };
  }, [isOn]);
  return { open, edition: edition.n, changed: edition.changed, error };
}

type Filtered = { cases: OpenCase[]; hasMore: boolean };
const NOTHING: Filtered = { cases: [], hasMore: false };

async function readFiltered(filters: URLSearchParams): Promise<Filtered> {
  const cases: OpenCase[] = [];
  let cursor: string | null = null;
  do {
    const query = { ...Object.fromEntries(filters), limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
    const page = (await callApi(
      client.GET("/api/v1/incidents", { params: { query: query as never }, headers: ACCEPT_JSON }),
    )) as IncidentPage;
    cases.push(...(page.items ?? []).flatMap(asMarked));
    cursor = page.next ?? null;
  } while (cursor && cases.length < MAX_FILTERED);
  return { cases, hasMore: cursor !== null };
}

function asMarked(incident: Schemas["IncidentOut"]): OpenCase[] {
  const [lon, lat] = incident.location?.coordinates ?? [];
  if (lon === undefined || lat === undefined) return [];
  const { id, case_no, status, category, priority, due_at, waiting, owner_unit, updated_at } = incident;
  return [
    {
      ...{ id, lon, lat, case_no: case_no ?? "", status: status ?? "", category: category ?? "" },
      ...{ priority: priority ?? 9, due_at: due_at ?? null, updated_at: updated_at ?? "" },
      ...{ waiting_reason: waiting?.reason ?? null, owner_unit_id: owner_unit?.id ?? null },
    },
  ];
}
