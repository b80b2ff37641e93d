// The map beside the list: the same cases, the chosen case with its candidates, the legend, and workers for a purpose.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { assignAction } from "../case/assign-action";
import { changedAddress } from "../case/list-query";
import type { PendingTransition } from "../case/pending-transition";
import type { Selection } from "../case/selection";
import { useEmergencies } from "../emergency/open-calls";
import { hasPermission, useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { PlaceSearch } from "../places/place-search";
import { callApi, client } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { Loaded } from "../ui/loaded";
import { type Box, isInBox } from "./box";
import { CasesMap, type MapControl, type MapPerson } from "./cases-map";
import { ChosenCase } from "./chosen-case";
import { MapLegend } from "./legend";
import { useMarkedCases } from "./marked-cases";
import { formatBox, formatView, parseBox, parseView, type View } from "./view-address";
import { type Located, WorkerPositions } from "./worker-positions";

const NO_PEOPLE: MapPerson[] = [];

export default function MapPane(props: {
  /** The address: filters and view. */
  query: URLSearchParams;
  /** The address without the view, for links: the map stays as it is. */
  linkQuery: URLSearchParams;
  /** The request of the list, without the box of what is in view. */
  params: URLSearchParams;
  selection: Selection;
  pointed: [number, number] | null;
  onBounds: (box: Box) => void;
  /** The list is to be read again. */
  onDone: () => void;
}) {
  const t = useTranslation();
  const me = useMe();
  const { query, linkQuery } = props;
  const chosenId = query.get("case");
  const callId = query.get("call");
  const [error, setError] = useState<unknown>(null);
  const [box, setBox] = useState<Box | null>(null);
  const [pointed, setPointed] = useState<[number, number] | null>(null);
  const [isDrawing, setDrawing] = useState(false);
  const [pending, setPending] = useState<PendingTransition>(null);
  const [workers, setWorkers] = useState<Located[] | null>(null);
  const [candidates, setCandidates] = useState<MapPerson[] | null>(null);
  const [areCandidatesOnMap, setCandidatesOnMap] = useState(false);
  const [highlightedId, setHighlightedId] = useState<string | null>(null);
  const marked = useMarkedCases(props.params);
  const go = (changes: Record<string, string | null>) => (location.hash = changedAddress("map", linkQuery, changes));

  const inView = useMemo(
    () => (box ? marked.cases.filter((incident) => isInBox(incident, box)).length : 0),
    [marked.cases, box],
  );
  const chosen = useQuery(
    () =>
      chosenId
        ? callApi(client.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: chosenId } } }))
        : Promise.resolve(null),
    `chosen ${chosenId}`,
  );
  useEffect(() => (setPending(null), setHighlightedId(null)), [chosenId]);
  const { unanswered, taken } = useEmergencies();
  const calls = [...unanswered, ...taken].flatMap(({ id, worker, place }) =>
    place?.lon !== undefined && place.lat !== undefined
      ? [{ id, name: worker?.name ?? "", at: [place.lon, place.lat] as [number, number] }]
      : [],
  );
  const chosenAt =
    (chosen.data?.location?.coordinates as [number, number] | undefined) ??
    calls.find((call) => call.id === callId)?.at ??
    null;
  const addressOfView = useAddressOfView(query, chosenId ?? callId, chosenAt);

  const action = chosen.data ? assignAction(chosen.data, true) : undefined;
  const assign = action
    ? (worker: { id: string; name?: string }) =>
        setPending({ action, worker: { id: worker.id, name: worker.name ?? "" } })
    : undefined;
  const located = useMemo(
    () =>
      workers?.flatMap(({ id, name, position }): MapPerson[] =>
        position?.lon !== undefined && position.lat !== undefined
          ? [{ id, name: name ?? "", at: [position.lon, position.lat], kind: "person" }]
          : [],
      ) ?? NO_PEOPLE,
    [workers],
  );
  const people = candidates ?? located;
  const press = (id: string) => {
    const worker = people.find((candidate) => candidate.id === id);
    setHighlightedId(id);
    if (worker && worker.kind !== "not") assign?.(worker);
  };
  const selected = useMemo(
    () => [...props.selection.keys()].map(marked.placeOf).filter((at): at is [number, number] => at !== undefined),
    [props.selection, marked.cases],
  );
  const drawnBox = parseBox(query.get("bbox"));
  const isOnlyInView = query.get("inview") === "true";
  return (
    <div class={chosenId ? "map-side with-case" : "map-side"}>
      <div>
        {error !== null && <ErrorMessage error={error} />}
        {marked.error !== null && <ErrorMessage error={marked.error} retry={marked.reload} />}
        {marked.limit !== null && (
          <p class="trouble" role="status">
            {t("too_many_open", { n: marked.limit })}
          </p>
        )}
        <div class="map-tools">
          <label class="check">
            <input
              type="checkbox"
              checked={isOnlyInView}
              onChange={() => go({ inview: isOnlyInView ? null : "true", cursor: null })}
              data-testid="only-in-view"
            />{" "}
            {t("only_in_view")} <small data-testid="inview-count">{inView}</small>
          </label>
          <PlaceSearch isLabelHidden onChoose={({ at }) => addressOfView.centre(at)} />
          <button
            type="button"
            class="small"
            aria-pressed={isDrawing}
            onClick={() => setDrawing(!isDrawing)}
            data-testid="draw-box"
          >
            {t("draw_box")}
          </button>
          {drawnBox && (
            <button type="button" class="plain" onClick={() => go({ bbox: null })} data-testid="clear-box">
              {t("clear_box")}
            </button>
          )}
          <span role="status">{isDrawing && t("draw_box_means")}</span>
        </div>
        <CasesMap
          key={t.language}
          content={{
            cases: marked.cases,
            isLate: marked.isLate,
            changed: marked.changed,
            people,
            chosen: chosenAt,
            pointed: props.pointed ?? pointed,
            selected,
            box: drawnBox,
            calls,
            units: query.get("owner_unit_id")
              ? { id: query.get("owner_unit_id")! }
              : query.get("units") === "true"
                ? "all"
                : "none",
          }}
          initialView={addressOfView.view()}
          isDrawing={isDrawing}
          onReady={addressOfView.onReady}
          onMove={(view, bounds) => {
            setBox(bounds);
            addressOfView.onMove(view);
            props.onBounds(bounds);
          }}
          onBox={(drawn) => {
            setDrawing(false);
            if (drawn) go({ bbox: formatBox(drawn) });
          }}
          onCase={(id) => go({ case: id, call: null })}
          onPerson={press}
          onTrouble={setError}
        />
      </div>
      {chosenId && (
        <div class="case-side">
          <Loaded query={chosen}>
            {(incident) =>
              incident && (
                <ChosenCase
                  key={incident.id}
                  incident={incident}
                  pending={pending}
                  onPendingChange={setPending}
                  onClose={() => go({ case: null })}
                  onDone={() => (setPending(null), chosen.reload(), marked.reload(), props.onDone())}
                  areCandidatesOnMap={areCandidatesOnMap}
                  onCandidatesOnMap={setCandidatesOnMap}
                  onPeople={setCandidates}
                  highlightedId={highlightedId}
                  onPointWorker={(id) => setPointed(candidates?.find((person) => person.id === id)?.at ?? null)}
                />
              )
            }
          </Loaded>
        </div>
      )}
      <div>
        <MapLegend query={linkQuery} counts={marked.counts} late={marked.late} hasCandidates={candidates !== null} />
        <p class="quiet">{t("map_help")}</p>
      </div>
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
  );
}

/**
 * Keep the view of the map in the address, and the map where an address says.
 *
 * A move of the map replaces the address and adds nothing to the history. An address without a view, as links have it,
 * leaves the map where it is, and centres a case or call that is chosen by it.
 */
function useAddressOfView(query: URLSearchParams, chosenId: string | null, chosenAt: [number, number] | null) {
  const control = useRef<MapControl | null>(null);
  const shown = useRef<string | null>(null);
  const centredId = useRef<string | null>(null);
  const [isReady, setReady] = useState(false);
  const store = () => {
    const [page = "", text = ""] = location.hash.split("?");
    const now = new URLSearchParams(text);
    if (!/^#\/?map$/.test(page) || shown.current === null || now.get("at") === shown.current) return;
    now.set("at", shown.current);
    history.replaceState(null, "", `${page}?${now}`);
  };
  useEffect(() => {
    if (!isReady) return;
    const view = parseView(query.get("at"));
    if (view === null) store();
    else if (formatView(view) !== shown.current) control.current?.show(view);
  }, [query, isReady]);
  useEffect(() => {
    if (!isReady || !chosenAt || centredId.current === chosenId) return;
    centredId.current = chosenId;
    if (parseView(query.get("at")) === null) control.current?.centre(chosenAt);
  }, [isReady, chosenId, chosenAt?.join()]);
  useEffect(() => {
    if (chosenId === null) centredId.current = null;
  }, [chosenId]);
  return {
    centre: (at: [number, number]) => control.current?.centre(at),
    view: () => parseView(shown.current ?? query.get("at")),
    onReady: (next: MapControl) => {
      control.current = next;
      setReady(true);
    },
    onMove: (view: View) => {
      shown.current = formatView(view);
      store();
    },
  };
}
