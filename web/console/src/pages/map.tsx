// A map of our own tiles, drawn anew at each hint, beside the list of what is in view; a case is assigned from either.
import "maplibre-gl/dist/maplibre-gl.css";
import { AttributionControl, Map as Picture, Marker, NavigationControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { Acts } from "../case/acts";
import { assignAs, Explanation } from "../case/explanation";
import { hints } from "../hints";
import { drawn } from "../drawn";
import { Page, Ready, StatusTag, Trouble, useCategoryName } from "../parts";
import { api, client, load, type Schemas } from "../session";
import { go, may, useLoaded, useMe, useWords } from "../state";
import { STATUS } from "../words/codes";
import type { Begun } from "./case";
import { type Listed, PLAIN } from "./cases";

setWorkerUrl(new URL(workerUrl, document.baseURI).href);

const ENDED = ["not_filed", "closed", "force_closed"];
const OPEN = Object.keys(STATUS).filter((status) => !ENDED.includes(status)).join(",");
const TOKEN_EVERY_MS = 60_000;

export default function MapPage(props: { chosen: string | null }) {
  const t = useWords();
  const me = useMe();
  const place = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<Picture | null>(null);
  const [box, setBox] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [begun, setBegun] = useState<Begun>(null);
  const [workers, setWorkers] = useState<Schemas["LocatedWorker"][] | null>(null);

  useEffect(() => {
    let made: Picture | null = null;
    let isGone = false;
    let timer = 0;
    let forget = () => {};
    const draw = async () => {
      let token = await api.token();
      const bounds = await boundsOf(me.areas.map((area) => area.id));
      if (isGone || !place.current) return;
      timer = window.setInterval(() => void api.token().then((next) => (token = next), setError), TOKEN_EVERY_MS);
      made = new Picture({
        container: place.current,
        style: drawn(`${ROOT}/ogc/tiles/WebMercatorQuad/tilejson`),
        ...(bounds ? { bounds, fitBoundsOptions: { padding: 30 } } : {}),
        attributionControl: false,
        locale: { "NavigationControl.ZoomIn": t("zoom_in"), "NavigationControl.ZoomOut": t("zoom_out"), "Map.Title": t("map_of") },
        transformRequest: (url) => (url.startsWith(ROOT) ? { url, headers: { Authorization: `Bearer ${token}` } } : { url }),
      });
      const map = made;
      map.addControl(new NavigationControl({ showCompass: false }));
      map.addControl(new AttributionControl({ compact: true }));
      const look = () => setBox(map.getBounds().toArray().flat().map((degrees) => degrees.toFixed(5)).join(","));
      map.on("load", look);
      map.on("moveend", look);
      map.on("idle", () => place.current?.setAttribute("data-drawn", String(casesOn(map))));
      map.on("error", ({ error }) => setError(error));
      map.on("click", "incidents", (event) => {
        const id = event.features?.[0]?.properties["id"] as string | undefined;
        if (id) go(`map?case=${id}`);
      });
      map.on("mouseenter", "incidents", () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", "incidents", () => (map.getCanvas().style.cursor = ""));
      forget = hints.on(() => map.isStyleLoaded() && map.refreshTiles("gridward"));
      setPicture(map);
    };
    draw().catch((trouble: unknown) => !isGone && setError(trouble));
    return () => {
      isGone = true;
      forget();
      clearInterval(timer);
      made?.remove();
    };
  }, []);

  const chosen = useLoaded(
    () => (props.chosen ? load(client.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: props.chosen } } })) : Promise.resolve(null)),
    `chosen ${props.chosen}`,
  );
  const at = chosen.data?.location?.coordinates;
  useEffect(() => {
    setBegun(null);
    if (!picture || !at) return;
    const [lon = 0, lat = 0] = at;
    const marker = new Marker({ color: "#a40e0e" }).setLngLat([lon, lat]).addTo(picture);
    marker.getElement().setAttribute("aria-label", chosen.data?.case_no ?? "");
    picture.jumpTo({ center: [lon, lat], zoom: Math.max(picture.getZoom(), 14) });
    return () => void marker.remove();
  }, [picture, at?.join()]);

  useEffect(() => {
    if (!picture || !workers) return;
    const markers = workers.filter((one) => one.position).map((one) => {
      const sign = document.createElement("button");
      sign.className = "person";
      sign.textContent = one.name ?? "";
      sign.title = `${one.name} ${one.open_work}/${one.capacity} · ${t("age", { span: t.span(one.position!.age_s ?? 0) })}`;
      sign.addEventListener("click", () => {
        const action = chosen.data && assignAs(chosen.data, true);
        if (action) setBegun({ action, worker: { id: one.id!, name: one.name ?? "" } });
      });
      return new Marker({ element: sign, anchor: "bottom" }).setLngLat([one.position!.lon!, one.position!.lat!]).addTo(picture);
    });
    return () => markers.forEach((marker) => marker.remove());
  }, [picture, workers, chosen.data]);

  return (
    <Page title={t("map")} testid="map">
      {error !== null && <Trouble error={error} />}
      <div class="maps">
        <div>
          <div class="map" ref={place} data-testid="picture" />
          <p class="quiet">{t("map_help")}</p>
          <Legend />
          {may(me, "worker:locate") && <Locate within={me.areas[0]?.id} onFound={setWorkers} found={workers} />}
        </div>
        <div>
          {props.chosen ? (
            <Ready of={chosen}>
              {(one) => one && <Chosen of={one} begun={begun} onBegin={setBegun} onDone={() => (setBegun(null), chosen.reload())} />}
            </Ready>
          ) : null}
          {box !== "" && <InView box={box} chosen={props.chosen} />}
        </div>
      </div>
    </Page>
  );
}

/** How many cases the map shows; near the edge of a tile one may count twice. */
function casesOn(map: Picture): number {
  const shown = map.queryRenderedFeatures({ layers: ["incidents", "incidents-sums"] });
  return shown.reduce((sum, one) => sum + Number(one.properties["count"] ?? 1), 0);
}

/** Around the areas of somebody; of all districts for whoever has none of her own. */
async function boundsOf(areas: string[]): Promise<[number, number, number, number] | null> {
  const shapes = areas.length
    ? await Promise.all(areas.slice(0, 8).map((area_id) => load(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id } } }))))
    : ((await load(client.GET("/api/v1/areas", { params: { query: { level: "district", limit: 20 } } }))).features ?? []);
  const numbers = shapes.flatMap((shape) => ((shape.geometry as { coordinates?: unknown[] } | null)?.coordinates ?? []).flat(Infinity) as number[]);
  if (numbers.length === 0) return null;
  const box: [number, number, number, number] = [180, 90, -180, -90];
  for (let n = 0; n + 1 < numbers.length; n += 2) {
    box[0] = Math.min(box[0], numbers[n]!);
    box[1] = Math.min(box[1], numbers[n + 1]!);
    box[2] = Math.max(box[2], numbers[n]!);
    box[3] = Math.max(box[3], numbers[n + 1]!);
  }
  return box;
}

function InView(props: { box: string; chosen: string | null }) {
  const t = useWords();
  const category = useCategoryName();
  const query = { bbox: props.box, status: OPEN, limit: 50 } as never;
  const list = useLoaded(() => load(client.GET("/api/v1/incidents", { params: { query }, headers: PLAIN })) as Promise<Listed>, `view ${props.box}`);
  return (
    <section aria-labelledby="inview">
      <h2 id="inview">{t("here")}</h2>
      <Ready of={list}>
        {(data) => (
          <ul class="inview" data-testid="inview">
            {data.items?.map((one) => (
              <li key={one.id}>
                <a href={`#/map?case=${one.id}`} aria-current={one.id === props.chosen ? "true" : undefined}>{one.case_no}</a> {category(one.category)}
                <br />
                <StatusTag status={one.status ?? ""} overdue={one.is_overdue ?? false} />
                <small>{one.assignment?.worker?.name ?? t.named(one.assignment?.unit?.name)}</small>
              </li>
            ))}
          </ul>
        )}
      </Ready>
    </section>
  );
}

function Chosen(props: { of: Schemas["IncidentDetail"]; begun: Begun; onBegin: (begun: Begun) => void; onDone: () => void }) {
  const { of } = props;
  const t = useWords();
  const category = useCategoryName();
  const path = { params: { path: { incident_id: of.id! } } };
  const why = useLoaded(() => load(client.GET("/api/v1/incidents/{incident_id}/dispatch", path)), `why ${of.id}`);
  return (
    <section class="chosen-case" data-testid="chosen">
      <h2><a href={`#/case/${of.id}`}>{of.case_no}</a> {category(of.category)}</h2>
      <p><StatusTag status={of.status ?? ""} overdue={of.is_overdue ?? false} /> <span data-testid="holder">{of.assignment?.worker?.name ?? t.named(of.assignment?.unit?.name)}</span></p>
      <p class="words">{of.description}</p>
      <Acts of={of} begun={props.begun} onBegin={props.onBegin} onDone={() => (props.onDone(), why.reload())} />
      <Ready of={why}>{(data) => <Explanation of={data} of_case={of} onBegin={props.onBegin} />}</Ready>
    </section>
  );
}

/** Where people are is asked for a purpose, which goes on the record; so it is asked once, not at each hint. */
function Locate(props: { within: string | undefined; found: Schemas["LocatedWorker"][] | null; onFound: (workers: Schemas["LocatedWorker"][] | null) => void }) {
  const t = useWords();
  const [error, setError] = useState<unknown>(null);
  const locate = async (event: SubmitEvent) => {
    event.preventDefault();
    const purpose = String(new FormData(event.currentTarget as HTMLFormElement).get("purpose")).trim();
    try {
      const body = { purpose, limit: 200, ...(props.within ? { within: props.within } : {}) } as never;
      props.onFound((await load(client.POST("/api/v1/workers/locate", { body }))).items ?? []);
      setError(null);
    } catch (trouble) {
      setError(trouble);
    }
  };
  const placed = props.found?.filter((one) => one.position).length ?? 0;
  return (
    <form class="row" onSubmit={(event) => void locate(event)}>
      <label>
        {t("purpose")}
        <input name="purpose" required minLength={2} maxLength={200} data-testid="purpose" />
      </label>
      <button>{t("show_workers")}</button>
      {props.found && (
        <>
          <button type="button" class="plain" onClick={() => props.onFound(null)}>{t("hide_workers")}</button>
          <span role="status" data-testid="located">{t("workers_shown", { n: placed, m: props.found.length - placed })}</span>
        </>
      )}
      {error !== null && <Trouble error={error} />}
    </form>
  );
}

function Legend() {
  const t = useWords();
  return (
    <ul class="legend" aria-label={t("legend")}>
      <li class="l-open">{t("open")}</li>
      <li class="l-late">{t("overdue")}</li>
      <li class="l-area">{t("grid")}</li>
    </ul>
  );
}
