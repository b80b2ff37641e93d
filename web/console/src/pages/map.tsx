// The live map beside its list: open cases as they change, people on duty for a purpose; a case is given to somebody from either.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { assignAs, Explanation } from "../case/dispatch-explanation";
import { Acts } from "../case/transitions";
import type { Begun } from "../case/types";
import { useCategoryName } from "../hooks/reference-data";
import { may, useMe } from "../hooks/use-me";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { hints } from "../live-updates";
import { InView } from "../map/cases-in-view";
import { type Box, Picture } from "../map/cases-map";
import { Filters } from "../map/filters";
import { isWanted, turnTo, wantedOf } from "../map/map-filter";
import { stageOf, STAGES } from "../map/map-symbols";
import { MOST, OpenCases } from "../map/open-cases";
import { type Located, People } from "../map/worker-positions";
import { client, load, type Schemas } from "../session";
import { Trouble } from "../ui/error-message";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";
import { StatusTag } from "../ui/status-tag";

/** What becomes late by the clock alone is looked at so often. */
const CLOCK_MS = 15_000;
const NOBODY: Located[] = [];

export default function MapPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const me = useMe();
  const wanted = wantedOf(props.query);
  const [error, setError] = useState<unknown>(null);
  const [stale, setStale] = useState<unknown>(null);
  const [box, setBox] = useState<Box | null>(null);
  const [pointed, point] = useState<[number, number] | null>(null);
  const [begun, setBegun] = useState<Begun>(null);
  const [found, setFound] = useState<Located[] | null>(null);
  const [named, setNamed] = useState<string | null>(null);

  const [edition, setEdition] = useState<{ n: number; changed: string[] }>({ n: 0, changed: [] });
  const open = useRef<OpenCases | null>(null);
  open.current ??= new OpenCases((changed) => setEdition(({ n }) => ({ n: n + 1, changed })), setStale);
  const cases = open.current;
  useEffect(() => {
    cases.refresh();
    const forget = hints.on(() => cases.refresh());
    const clock = setInterval(() => setEdition(({ n }) => ({ n: n + 1, changed: [] })), CLOCK_MS);
    return () => {
      forget();
      clearInterval(clock);
      cases.end();
    };
  }, []);

  const isLate = (one: Parameters<OpenCases["isLate"]>[0]) => cases.isLate(one);
  const filter = `${wanted.category} ${wanted.unit} ${wanted.overdue} ${wanted.hidden}`;
  const shown = useMemo(() => [...cases.all.values()].filter((one) => isWanted(one, wanted, isLate)), [edition.n, filter]);
  const counts = useMemo(() => {
    const sums = Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Record<(typeof STAGES)[number], number>;
    for (const one of cases.all.values()) if (isWanted(one, wanted, isLate, true)) sums[stageOf(one)]++;
    return sums;
  }, [edition.n, filter]);
  const late = useMemo(() => [...cases.all.values()].filter(isLate).length, [edition.n]);
  const inView = useMemo(() => (box ? shown.filter((one) => box[0] <= one.lon && one.lon <= box[2] && box[1] <= one.lat && one.lat <= box[3]) : []), [shown, box]);

  const chosen = useLoaded(
    () => (wanted.chosen ? load(client.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: wanted.chosen } } })) : Promise.resolve(null)),
    `chosen ${wanted.chosen}`,
  );
  useEffect(() => setBegun(null), [wanted.chosen]);
  const at = chosen.data?.location?.coordinates as [number, number] | undefined;
  const action = chosen.data ? assignAs(chosen.data, true) : undefined;
  const assign = action ? (worker: Located) => setBegun({ action, worker: { id: worker.id!, name: worker.name ?? "" } }) : undefined;
  const press = (id: string) => {
    const worker = found?.find((one) => one.id === id);
    setNamed(id);
    if (worker) assign?.(worker);
  };

  return (
    <Page title={t("map")} testid="map">
      {error !== null && <Trouble error={error} />}
      {stale !== null && <Trouble error={stale} retry={() => cases.refresh()} />}
      {cases.hasMore && <p class="trouble" role="status">{t("too_many_open", { n: MOST })}</p>}
      <div class="maps">
        <div>
          <Picture
            key={t.language}
            shown={{ cases: shown, isLate, changed: edition.changed, people: found ?? NOBODY, chosen: at ?? null, pointed, units: wanted.unit ? { id: wanted.unit } : wanted.areas ? "all" : "none" }}
            onLook={setBox}
            onCase={(id) => turnTo({ ...wanted, chosen: id })}
            onPerson={press}
            onTrouble={setError}
          />
          <p class="quiet">{t("map_help")}</p>
          <Filters wanted={wanted} counts={counts} late={late} />
        </div>
        <div>
          {wanted.chosen ? (
            <Ready of={chosen}>
              {(one) => one && <Chosen of={one} begun={begun} onBegin={setBegun} onClose={() => turnTo({ ...wanted, chosen: null })} onDone={() => (setBegun(null), chosen.reload(), cases.refresh())} />}
            </Ready>
          ) : null}
          <InView cases={inView} isLate={isLate} wanted={wanted} onPoint={point} />
          {may(me, "worker:locate") && <People within={me.areas[0]?.id} found={found} onFound={setFound} onAssign={assign} onPoint={point} named={named} />}
        </div>
      </div>
    </Page>
  );
}

function Chosen(props: { of: Schemas["IncidentDetail"]; begun: Begun; onBegin: (begun: Begun) => void; onClose: () => void; onDone: () => void }) {
  const { of } = props;
  const t = useWords();
  const category = useCategoryName();
  const path = { params: { path: { incident_id: of.id! } } };
  const why = useLoaded(() => load(client.GET("/api/v1/incidents/{incident_id}/dispatch", path)), `why ${of.id}`);
  return (
    <section class="chosen-case" data-testid="chosen">
      <h2>
        <a href={`#/case/${of.id}`}>{of.case_no}</a> {category(of.category)}
        <button type="button" class="plain" onClick={props.onClose}>{t("close")}</button>
      </h2>
      <p><StatusTag status={of.status ?? ""} overdue={of.is_overdue ?? false} /> <span data-testid="holder">{of.assignment?.worker?.name ?? t.named(of.assignment?.unit?.name)}</span></p>
      <p class="words">{of.description}</p>
      <Acts of={of} begun={props.begun} onBegin={props.onBegin} onDone={() => (props.onDone(), why.reload())} />
      <Ready of={why}>{(data) => <Explanation of={data} of_case={of} onBegin={props.onBegin} />}</Ready>
    </section>
  );
}
