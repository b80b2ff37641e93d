// The drawn map: it is given what is to be seen, and tells where one looks and what was pressed.
import type { Feature, Geometry } from "geojson";
import type { Map as Drawn, GeoJSONSource, LngLatBoundsLike } from "maplibre-gl";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { underlay } from "../../../src/base-map";
import { useMe } from "../hooks/use-me";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { ALONE_FROM, drawn, NOTHING } from "./map-style";
import { drawnAs, PERSON, pixels, signName, stageOf, STAGES } from "./map-symbols";
import { boxOf, type Opened, openMap } from "./maplibre";
import type { OpenCase } from "./open-cases";

export type Box = readonly [west: number, south: number, east: number, north: number];
export type Shown = {
  /** Another array whenever something is to be drawn anew. */
  cases: OpenCase[];
  isLate: (one: OpenCase) => boolean;
  changed: string[];
  people: Schemas["LocatedWorker"][];
  chosen: [number, number] | null;
  pointed: [number, number] | null;
  units: "none" | "all" | { id: string };
};

export function Picture(props: { shown: Shown; onLook: (box: Box) => void; onCase: (id: string) => void; onPerson: (id: string) => void; onTrouble: (error: unknown) => void }) {
  const t = useWords();
  const me = useMe();
  const place = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<Drawn | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const undrawn = useRef(new Set<string>());

  useEffect(() => {
    let opened: Opened | null = null;
    let isGone = false;
    const draw = async () => {
      const bounds = await boundsOf(me.areas.map((area) => area.id));
      if (isGone || !place.current) return;
      const onTrouble = (error: unknown) => latest.current.onTrouble(error);
      opened = await openMap({ place: place.current, style: drawn(`${ROOT}/ogc`, t.language), bounds, padding: 30, title: t("map_of"), t, onTrouble });
      if (isGone) return opened.close();
      const { map } = opened;
      underlay(map).catch(onTrouble);
      for (const stage of STAGES)
        for (const isLate of [false, true]) map.addImage(signName(stage, isLate), pixels(drawnAs(stage, isLate)), { pixelRatio: 2 });
      map.addImage("person", pixels(PERSON), { pixelRatio: 2 });
      const look = () => latest.current.onLook(map.getBounds().toArray().flat() as unknown as Box);
      map.on("load", () => {
        look();
        setPicture(map);
      });
      map.on("moveend", look);
      map.on("render", () => mark(map, undrawn.current));
      map.on("idle", () => place.current?.setAttribute("data-drawn", String(casesOn(map))));
      map.on("click", (event) => {
        const around = [event.point.x - 6, event.point.y - 6, event.point.x + 6, event.point.y + 6] as const;
        const found = map.queryRenderedFeatures([[around[0], around[1]], [around[2], around[3]]], { layers: ["people", "cases", "clusters"] });
        const pressed = found.find((one) => one.layer.id === "people") ?? found[0];
        const id = pressed?.properties["id"] as string | undefined;
        if (pressed?.layer.id === "clusters") void open(map, pressed.properties["cluster_id"] as number, event.lngLat);
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
      opened?.close();
    };
  }, []);

  const { cases, people, chosen, pointed, units } = props.shown;
  useEffect(() => {
    if (!picture) return;
    props.shown.changed.forEach((id) => undrawn.current.add(id));
    const features = cases.map((one) => {
      const isLate = props.shown.isLate(one);
      return point([one.lon, one.lat], { id: one.id, sign: signName(stageOf(one), isLate), late: isLate ? 1 : 0 });
    });
    give(picture, "cases", features);
  }, [picture, cases]);
  useEffect(() => {
    if (picture) give(picture, "people", people.filter((one) => one.position).map((one) => point([one.position!.lon!, one.position!.lat!], { id: one.id!, name: one.name ?? "" })));
  }, [picture, people]);
  useEffect(() => {
    if (picture) give(picture, "pointed", pointed ? [point(pointed, {})] : []);
  }, [picture, pointed?.join()]);
  useEffect(() => {
    if (!picture) return;
    give(picture, "chosen", chosen ? [point(chosen, {})] : []);
    if (chosen) picture.jumpTo({ center: chosen, zoom: Math.max(picture.getZoom(), ALONE_FROM) });
  }, [picture, chosen?.join()]);
  const unit = typeof units === "object" ? units.id : null;
  useEffect(() => {
    if (!picture) return;
    picture.setFilter("units", unit === null ? null : ["==", ["get", "id"], unit]);
    picture.setLayoutProperty("units", "visibility", units === "none" ? "none" : "visible");
  }, [picture, units === "none", unit]);

  return <div class="map" ref={place} data-testid="picture" />;
}

const point = (coordinates: [number, number], properties: Record<string, string | number>): Feature => ({ type: "Feature", geometry: { type: "Point", coordinates }, properties });

function give(map: Drawn, source: string, features: Feature[]): void {
  void map.getSource<GeoJSONSource>(source)?.setData(features.length ? { type: "FeatureCollection", features } : NOTHING);
}

async function open(map: Drawn, cluster: number, center: { lng: number; lat: number }): Promise<void> {
  const zoom = await map.getSource<GeoJSONSource>("cases")!.getClusterExpansionZoom(cluster);
  map.easeTo({ center, zoom: Math.min(zoom, ALONE_FROM + 2) });
}

/** Which cases were drawn anew, for whoever measures how long that takes. */
function mark(map: Drawn, undrawn: Set<string>): void {
  if (undrawn.size === 0 || !map.isSourceLoaded("cases")) return;
  performance.clearMarks("drawn");
  performance.mark("drawn", { detail: [...undrawn] });
  undrawn.clear();
}

/** How many cases are to be seen. Whatever stands near the edge of a tile is found in two of them. */
function casesOn(map: Drawn): number {
  const seen = new Map<unknown, number>();
  for (const { properties } of map.queryRenderedFeatures({ layers: ["clusters", "cases"] }))
    seen.set(properties["cluster_id"] ?? properties["id"], Number(properties["point_count"] ?? 1));
  return [...seen.values()].reduce((sum, n) => sum + n, 0);
}

/** Around the areas of somebody; of all districts for whoever has none of her own. */
async function boundsOf(areas: string[]): Promise<LngLatBoundsLike | null> {
  const shapes = areas.length
    ? await Promise.all(areas.slice(0, 8).map((area_id) => load(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id } } }))))
    : ((await load(client.GET("/api/v1/areas", { params: { query: { level: "district", limit: 20 } } }))).features ?? []);
  return boxOf(...shapes.map((shape) => shape.geometry as Geometry | null));
}
