// The live map. Its content comes as properties; moves and clicks are reported by callbacks.
import type { Feature } from "geojson";
import type { GeoJSONSource, Map as Drawn } from "maplibre-gl";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { addBaseMap } from "../../../src/base-map/base-map";
import { onThemeChange } from "../../../src/theme";
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { boundsOfAreas } from "./area-bounds";
import { BaseMapNote } from "./base-map-note";
import type { Box } from "./box";
import { watchBox } from "./drawn-box";
import { casesMapStyle, NO_FEATURES, UNCLUSTERED_ZOOM } from "./map-style";
import {
  CALL_SYMBOL,
  type MapSymbol,
  CANDIDATE_SYMBOLS,
  rasterize,
  stageOf,
  STAGES,
  symbolFor,
  symbolName,
  WORKER_SYMBOL,
} from "./map-symbols";
import { openMap, type OpenMap } from "./maplibre";
import type { OpenCase } from "./open-cases";
import type { View } from "./view-address";

/** A worker on the map. `eligible` and `not`: a candidate for the chosen case. */
export type MapPerson = { id: string; name: string; at: [number, number]; kind: "person" | "eligible" | "not" };

/** The map after it was drawn: what the page moves it with. */
export type MapControl = { show: (view: View) => void; centre: (place: [number, number]) => void };

export type MapContent = {
  /** A new array whenever cases have to be drawn again. */
  cases: OpenCase[];
  isLate: (incident: OpenCase) => boolean;
  changed: string[];
  people: MapPerson[];
  chosen: [number, number] | null;
  pointed: [number, number] | null;
  /** Cases that are selected in the list. */
  selected: [number, number][];
  /** The box that limits the list. */
  box: Box | null;
  /** Open calls for help. */
  calls: { name: string; at: [number, number] }[];
  units: "none" | "all" | { id: string };
};

export function CasesMap(props: {
  content: MapContent;
  initialView: View | null;
  /** While true, a drag draws a box. */
  isDrawing: boolean;
  onReady: (control: MapControl) => void;
  onMove: (view: View, box: Box) => void;
  /** null: no box was drawn. */
  onBox: (box: Box | null) => void;
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
  const [lacksBase, setLacksBase] = useState(false);

  useEffect(() => {
    let openedMap: OpenMap | null = null;
    let isGone = false;
    let stopThemes = () => {};
    const draw = async () => {
      const { initialView } = latest.current;
      const bounds = initialView ? null : await boundsOfAreas(me.areas.map((area) => area.id));
      if (isGone || !place.current) return;
      const onTrouble = (error: unknown) => latest.current.onTrouble(error);
      openedMap = await openMap({
        place: place.current,
        style: () => casesMapStyle(`${ROOT}/ogc`, t.language),
        bounds,
        ...(initialView ? { view: initialView } : {}),
        padding: 30,
        title: t("map_of"),
        t,
        onTrouble,
      });
      if (isGone) return openedMap.close();
      const { map } = openedMap;
      addBaseMap(map, t.language).then((base) => setLacksBase(base === null), onTrouble);
      for (const [name, symbol, pixelRatio] of IMAGES) map.addImage(name, rasterize(symbol), { pixelRatio });
      stopThemes = onThemeChange(() => {
        for (const [name, symbol] of IMAGES) if (map.hasImage(name)) map.updateImage(name, rasterize(symbol));
      });
      const reportView = () => {
        const { lng: lon, lat } = map.getCenter();
        latest.current.onMove({ zoom: map.getZoom(), lon, lat }, map.getBounds().toArray().flat() as unknown as Box);
      };
      map.on("load", () => {
        reportView();
        setMap(map);
        latest.current.onReady({
          show: ({ zoom, lon, lat }) => map.jumpTo({ center: [lon, lat], zoom }),
          centre: (center) => map.jumpTo({ center, zoom: Math.max(map.getZoom(), UNCLUSTERED_ZOOM) }),
        });
      });
      map.on("moveend", reportView);
      map.on("render", () => markDrawn(map, undrawn.current));
      map.on("idle", () => place.current?.setAttribute("data-drawn", String(countVisibleCases(map))));
      map.on("click", (event) => {
        if (latest.current.isDrawing) return;
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
      stopThemes();
      openedMap?.close();
    };
  }, []);

  const { cases, people, chosen, pointed, selected, box, calls, units } = props.content;
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
    if (!map) return;
    setFeatures(
      map,
      "people",
      people.map(({ id, name, at, kind }) => point(at, { id, name, kind })),
    );
    place.current?.setAttribute("data-people", String(people.length));
  }, [map, people]);
  useEffect(() => {
    if (!map) return;
    setFeatures(
      map,
      "calls",
      calls.map((call) => point(call.at, { name: call.name })),
    );
    place.current?.setAttribute("data-calls", String(calls.length));
  }, [map, JSON.stringify(calls)]);
  useEffect(() => {
    if (map) setFeatures(map, "pointed", pointed ? [point(pointed, {})] : []);
  }, [map, pointed?.join()]);
  useEffect(() => {
    if (map) setFeatures(map, "chosen", chosen ? [point(chosen, {})] : []);
    place.current?.setAttribute("data-chosen", chosen?.join() ?? "");
  }, [map, chosen?.join()]);
  useEffect(() => {
    if (!map) return;
    setFeatures(
      map,
      "selected",
      selected.map((at) => point(at, {})),
    );
    place.current?.setAttribute("data-selected", String(selected.length));
  }, [map, JSON.stringify(selected)]);
  useEffect(() => {
    if (map) setFeatures(map, "box", box ? [outline(box)] : []);
  }, [map, box?.join()]);
  useEffect(() => {
    if (!map || !props.isDrawing) return;
    return watchBox(
      map,
      (drawn) => setFeatures(map, "box", drawn ? [outline(drawn)] : []),
      (drawn) => latest.current.onBox(drawn),
    );
  }, [map, props.isDrawing]);
  const unit = typeof units === "object" ? units.id : null;
  useEffect(() => {
    if (!map) return;
    map.setFilter("units", unit === null ? null : ["==", ["get", "id"], unit]);
    map.setLayoutProperty("units", "visibility", units === "none" ? "none" : "visible");
  }, [map, units === "none", unit]);

  return (
    <>
      <div class="map" ref={place} data-testid="picture" />
      {lacksBase && <BaseMapNote />}
    </>
  );
}

/** Name, symbol and pixel ratio of the images of the style. */
const IMAGES: (readonly [string, MapSymbol, number])[] = [
  ...STAGES.flatMap((stage) =>
    [false, true].map((isLate) => [symbolName(stage, isLate), symbolFor(stage, isLate), 2] as const),
  ),
  ["call", CALL_SYMBOL, 1.6],
  ["person", WORKER_SYMBOL, 2],
  ["eligible", CANDIDATE_SYMBOLS.eligible, 1.6],
  ["not", CANDIDATE_SYMBOLS.not, 1.6],
];

const point = (coordinates: [number, number], properties: Record<string, string | number>): Feature => ({
  type: "Feature",
  geometry: { type: "Point", coordinates },
  properties,
});

const outline = ([west, south, east, north]: Box): Feature => ({
  type: "Feature",
  geometry: {
    type: "Polygon",
    coordinates: [
      [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
      ],
    ],
  },
  properties: {},
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
