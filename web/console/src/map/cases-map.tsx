// The live map. Its content comes as properties; moves and clicks are reported by callbacks.
import type { Feature, Geometry } from "geojson";
import type { GeoJSONSource, LngLatBoundsLike, Map as Drawn } from "maplibre-gl";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { addBaseMap } from "../../../src/base-map";
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { casesMapStyle, NO_FEATURES, UNCLUSTERED_ZOOM } from "./map-style";
import { rasterize, stageOf, STAGES, symbolFor, symbolName, WORKER_SYMBOL } from "./map-symbols";
import { boundsAround, openMap, type OpenMap } from "./maplibre";
import type { OpenCase } from "./open-cases";

export type Box = readonly [west: number, south: number, east: number, north: number];
export type MapContent = {
  /** A new array whenever cases have to be drawn again. */
  cases: OpenCase[];
  isLate: (incident: OpenCase) => boolean;
  changed: string[];
  people: Schemas["LocatedWorker"][];
  chosen: [number, number] | null;
  pointed: [number, number] | null;
  units: "none" | "all" | { id: string };
};

export function CasesMap(props: {
  content: MapContent;
  onBounds: (box: Box) => void;
  onCase: (id: string) => void;
  onPerson: (id: string) => void;
  onTrouble: (error: unknown) => void;
}) {
  const t = useTranslation();
  const me = useMe();
  const place = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<Drawn | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const undrawn = useRef(new Set<string>());

  useEffect(() => {
    let openedMap: OpenMap | null = null;
    let isGone = false;
    const draw = async () => {
      const bounds = await boundsOfAreas(me.areas.map((area) => area.id));
      if (isGone || !place.current) return;
      const onTrouble = (error: unknown) => latest.current.onTrouble(error);
      openedMap = await openMap({
        place: place.current,
        style: casesMapStyle(`${ROOT}/ogc`, t.language),
        bounds,
        padding: 30,
        title: t("map_of"),
        t,
        onTrouble,
      });
      if (isGone) return openedMap.close();
      const { map } = openedMap;
      addBaseMap(map).catch(onTrouble);
      for (const stage of STAGES)
        for (const isLate of [false, true])
          map.addImage(symbolName(stage, isLate), rasterize(symbolFor(stage, isLate)), { pixelRatio: 2 });
      map.addImage("person", rasterize(WORKER_SYMBOL), { pixelRatio: 2 });
      const reportBounds = () => latest.current.onBounds(map.getBounds().toArray().flat() as unknown as Box);
      map.on("load", () => {
        reportBounds();
        setMap(map);
      });
      map.on("moveend", reportBounds);
      map.on("render", () => markDrawn(map, undrawn.current));
      map.on("idle", () => place.current?.setAttribute("data-drawn", String(countVisibleCases(map))));
      map.on("click", (event) => {
        const around = [event.point.x - 6, event.point.y - 6, event.point.x + 6, event.point.y + 6] as const;
        const features = map.queryRenderedFeatures(
          [
            [around[0], around[1]],
            [around[2], around[3]],
          ],
          { layers: ["people", "cases", "clusters"] },
        );
        const pressed = features.find((feature) => feature.layer.id === "people") ?? features[0];
        const id = pressed?.properties["id"] as string | undefined;
        if (pressed?.layer.id === "clusters")
          void zoomToCluster(map, pressed.properties["cluster_id"] as number, event.lngLat);
        else if (pressed?.layer.id === "people") latest.current.onPerson(id!);
        else if (id) latest.current.onCase(id);
      });
      for (const layer of ["people", "cases", "clusters"]) {
        map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
        map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
      }
    };
    draw().catch((trouble: unknown) => !isGone && latest.current.onTrouble(trouble));
    return () => {
      isGone = true;
      openedMap?.close();
    };
  }, []);

  const { cases, people, chosen, pointed, units } = props.content;
  useEffect(() => {
    if (!map) return;
    props.content.changed.forEach((id) => undrawn.current.add(id));
    const features = cases.map((incident) => {
      const isLate = props.content.isLate(incident);
      return point([incident.lon, incident.lat], {
        id: incident.id,
        sign: symbolName(stageOf(incident), isLate),
        late: isLate ? 1 : 0,
      });
    });
    setFeatures(map, "cases", features);
  }, [map, cases]);
  useEffect(() => {
    if (map)
      setFeatures(
        map,
        "people",
        people
          .filter((worker) => worker.position)
          .map((worker) =>
            point([worker.position!.lon, worker.position!.lat], { id: worker.id, name: worker.name ?? "" }),
          ),
      );
  }, [map, people]);
  useEffect(() => {
    if (map) setFeatures(map, "pointed", pointed ? [point(pointed, {})] : []);
  }, [map, pointed?.join()]);
  useEffect(() => {
    if (!map) return;
    setFeatures(map, "chosen", chosen ? [point(chosen, {})] : []);
    if (chosen) map.jumpTo({ center: chosen, zoom: Math.max(map.getZoom(), UNCLUSTERED_ZOOM) });
  }, [map, chosen?.join()]);
  const unit = typeof units === "object" ? units.id : null;
  useEffect(() => {
    if (!map) return;
    map.setFilter("units", unit === null ? null : ["==", ["get", "id"], unit]);
    map.setLayoutProperty("units", "visibility", units === "none" ? "none" : "visible");
  }, [map, units === "none", unit]);

  return <div class="map" ref={place} data-testid="picture" />;
}

const point = (coordinates: [number, number], properties: Record<string, string | number>): Feature => ({
  type: "Feature",
  geometry: { type: "Point", coordinates },
  properties,
});

function setFeatures(map: Drawn, source: string, features: Feature[]): void {
  void map
    .getSource<GeoJSONSource>(source)
    ?.setData(features.length ? { type: "FeatureCollection", features } : NO_FEATURES);
}

async function zoomToCluster(map: Drawn, cluster: number, center: { lng: number; lat: number }): Promise<void> {
  const zoom = await map.getSource<GeoJSONSource>("cases")!.getClusterExpansionZoom(cluster);
  map.easeTo({ center, zoom: Math.min(zoom, UNCLUSTERED_ZOOM + 2) });
}

/** Write a performance mark with the ids that were drawn, for measuring the delay. */
function markDrawn(map: Drawn, undrawn: Set<string>): void {
  if (undrawn.size === 0 || !map.isSourceLoaded("cases")) return;
  performance.clearMarks("drawn");
  performance.mark("drawn", { detail: [...undrawn] });
  undrawn.clear();
}

/** Return the number of visible cases. Features near the edge of a tile are returned twice. */
function countVisibleCases(map: Drawn): number {
  const countById = new Map<unknown, number>();
  for (const { properties } of map.queryRenderedFeatures({ layers: ["clusters", "cases"] }))
    countById.set(properties["cluster_id"] ?? properties["id"], Number(properties["point_count"] ?? 1));
  return [...countById.values()].reduce((sum, n) => sum + n, 0);
}

/** Return the bounds of these areas, or of all districts if there are none. */
async function boundsOfAreas(areas: string[]): Promise<LngLatBoundsLike | null> {
  const shapes = areas.length
    ? await Promise.all(
        areas
          .slice(0, 8)
          .map((area_id) => callApi(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id } } }))),
      )
    : ((await callApi(client.GET("/api/v1/areas", { params: { query: { level: "district", limit: 20 } } }))).features ??
      []);
  return boundsAround(...shapes.map((shape) => shape.geometry as Geometry | null));
}
