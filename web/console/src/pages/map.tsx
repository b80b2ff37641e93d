// The live map with lists of cases and workers; a case can be assigned from either.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { assignAction, DispatchExplanation } from "../case/dispatch-explanation";
import { Transitions } from "../case/transitions";
import type { PendingTransition } from "../case/pending-transition";
import { useCategoryName } from "../hooks/reference-data";
import { hasPermission, useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { liveUpdates } from "../live-updates";
import { CasesInView } from "../map/cases-in-view";
import { type Box, CasesMap } from "../map/cases-map";
import { MapFilters } from "../map/filters";
import { matchesFilter, navigateToFilter, parseMapFilter } from "../map/map-filter";
import { stageOf, STAGES } from "../map/map-symbols";
import { MAX_CASES, OpenCases } from "../map/open-cases";
import { type Located, WorkerPositions } from "../map/worker-positions";
import { callApi, client, type Schemas } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { StatusTag } from "../ui/status-tag";

/** Interval at which cases are checked for having become late. */
const CLOCK_MS = 15_000;
const NO_WORKERS: Located[] = [];

export default function MapPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  const filter = parseMapFilter(props.query);
  const [error, setError] = useState<unknown>(null);
  const [stale, setStale] = useState<unknown>(null);
  const [box, setBox] = useState<Box | null>(null);
  const [pointed, setPointed] = useState<[number, number] | null>(null);
  const [pending, setPending] = useState<PendingTransition>(null);
  const [workers, setWorkers] = useState<Located[] | null>(null);
  const [highlightedId, setHighlightedId] = useState<string | null>(null);

  const [edition, setEdition] = useState<{ n: number; changed: string[] }>({ n: 0, changed: [] });
  const casesRef = useRef<OpenCases | null>(null);
  casesRef.current ??= new OpenCases((changed) => setEdition(({ n }) => ({ n: n + 1, changed })), setStale);
  const cases = casesRef.current;
  useEffect(() => {
    cases.refresh();
    const forget = liveUpdates.onChange(() => cases.refresh());
    const clock = setInterval(() => setEdition(({ n }) => ({ n: n + 1, changed: [] })), CLOCK_MS);
    return () => {
      forget();
      clearInterval(clock);
      cases.stop();
    };
  }, []);

  const isLate = (incident: Parameters<OpenCases["isLate"]>[0]) => cases.isLate(incident);
  const filterKey = `${filter.category} ${filter.unit} ${filter.overdue} ${filter.hidden}`;
  const matching = useMemo(
    () => [...cases.all.values()].filter((incident) => matchesFilter(incident, filter, isLate)),
    [edition.n, filterKey],
  );
  const counts = useMemo(() => {
    const sums = Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Record<(typeof STAGES)[number], number>;
    for (const incident of cases.all.values())
      if (matchesFilter(incident, filter, isLate, true)) sums[stageOf(incident)]++;
    return sums;
  }, [edition.n, filterKey]);
  const late = useMemo(() => [...cases.all.values()].filter(isLate).length, [edition.n]);
  const inView = useMemo(
    () =>
      box
        ? matching.filter(
            (incident) =>
              box[0] <= incident.lon && incident.lon <= box[2] && box[1] <= incident.lat && incident.lat <= box[3],
          )
        : [],
    [matching, box],
  );

  const chosen = useQuery(
    () =>
      filter.chosen
        ? callApi(client.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: filter.chosen } } }))
        : Promise.resolve(null),
    `chosen ${filter.chosen}`,
  );
  useEffect(() => setPending(null), [filter.chosen]);
  const at = chosen.data?.location?.coordinates as [number, number] | undefined;
  const action = chosen.data ? assignAction(chosen.data, true) : undefined;
  const assign = action
    ? (worker: Located) => setPending({ action, worker: { id: worker.id, name: worker.name ?? "" } })
    : undefined;
  const press = (id: string) => {
    const worker = workers?.find((candidate) => candidate.id === id);
    setHighlightedId(id);
    if (worker) assign?.(worker);
  };

  return (
    <Page title={t("map")} testid="map">
      {error !== null && <ErrorMessage error={error} />}
      {stale !== null && <ErrorMessage error={stale} retry={() => cases.refresh()} />}
      {cases.hasMore && (
        <p class="trouble" role="status">
          {t("too_many_open", { n: MAX_CASES })}
        </p>
      )}
      <div class="maps">
        <div>
          <CasesMap
            key={t.language}
            content={{
              cases: matching,
              isLate,
              changed: edition.changed,
              people: workers ?? NO_WORKERS,
              chosen: at ?? null,
              pointed,
              units: filter.unit ? { id: filter.unit } : filter.areas ? "all" : "none",
            }}
            onBounds={setBox}
            onCase={(id) => navigateToFilter({ ...filter, chosen: id })}
            onPerson={press}
            onTrouble={setError}
          />
          <p class="quiet">{t("map_help")}</p>
          <MapFilters filter={filter} counts={counts} late={late} />
        </div>
        <div>
          {filter.chosen ? (
            <Loaded query={chosen}>
              {(incident) =>
                incident && (
                  <ChosenCase
                    incident={incident}
                    pending={pending}
                    onPendingChange={setPending}
                    onClose={() => navigateToFilter({ ...filter, chosen: null })}
                    onDone={() => (setPending(null), chosen.reload(), cases.refresh())}
                  />
                )
              }
            </Loaded>
          ) : null}
          <CasesInView cases={inView} isLate={isLate} filter={filter} onPoint={setPointed} />
          {hasPermission(me, "worker:locate") && (
            <WorkerPositions
              within={me.areas[0]?.id}
              workers={workers}
              onWorkers={setWorkers}
              onAssign={assign}
              onPoint={setPointed}
              highlightedId={highlightedId}
            />
          )}
        </div>
      </div>
    </Page>
  );
}

function ChosenCase(props: {
  incident: Schemas["IncidentDetail"];
  pending: PendingTransition;
  onPendingChange: (pending: PendingTransition) => void;
  onClose: () => void;
  onDone: () => void;
}) {
  const { incident } = props;
  const t = useTranslation();
  const category = useCategoryName();
  const path = { params: { path: { incident_id: incident.id } } };
  const dispatch = useQuery(
    () => callApi(client.GET("/api/v1/incidents/{incident_id}/dispatch", path)),
    `why ${incident.id}`,
  );
  return (
    <section class="chosen-case" data-testid="chosen">
      <h2>
        <a href={`#/case/${incident.id}`}>{incident.case_no}</a> {category(incident.category)}
        <button type="button" class="plain" onClick={props.onClose}>
          {t("close")}
        </button>
      </h2>
      <p>
        <StatusTag status={incident.status ?? ""} overdue={incident.is_overdue ?? false} />{" "}
        <span data-testid="holder">
          {incident.assignment?.worker?.name ?? t.named(incident.assignment?.unit?.name)}
        </span>
      </p>
      <p class="words">{incident.description}</p>
      <Transitions
        incident={incident}
        pending={props.pending}
        onPendingChange={props.onPendingChange}
        onDone={() => (props.onDone(), dispatch.reload())}
      />
      <Loaded query={dispatch}>
        {(data) => <DispatchExplanation dispatch={data} incident={incident} onPendingChange={props.onPendingChange} />}
      </Loaded>
    </section>
  );
}
