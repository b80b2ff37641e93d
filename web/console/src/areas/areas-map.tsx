// The map of areas that are being redrawn: corners and the middles of edges can be pulled. What a mouse does here, the list of corners does by keys.
import type { Geometry } from "geojson";
import { type Map as Drawn, type GeoJSONSource, type MapMouseEvent, type MapTouchEvent, Marker } from "maplibre-gl";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { useWords } from "../hooks/use-translation";
import { boxOf, type Opened, openMap } from "../map/maplibre";
import { drawn, labelsOf, type Seen, type Sources, sourcesOf } from "./map-style";
import { type At, insert, move, type Plan } from "./topology";

const REACH_PX = 8;
const LABELS_MOST = 80;

type Told = {
  onPart: (key: string) => void;
  onCorner: (corner: number) => void;
  onChange: (plan: Plan, corner: number) => void;
  onTrouble: (error: unknown) => void;
};

export function AreasPicture(props: { seen: Seen; look: Geometry | null } & Told) {
  const t = useWords();
  const place = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<Drawn | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const shown = useRef<Plan>(props.seen.plan);

  useEffect(() => {
    let opened: Opened | null = null;
    let isGone = false;
    const draw = async () => {
      if (!place.current) return;
      const { seen } = latest.current;
      const bounds = boxOf(seen.outline ?? { type: "MultiPoint", coordinates: seen.plan.corners.map((at) => [...at]) });
      const onTrouble = (error: unknown) => latest.current.onTrouble(error);
      opened = await openMap({ place: place.current, style: drawn(`${ROOT}/ogc`, sourcesOf(seen)), bounds, padding: 40, title: t("areas_map"), t, onTrouble });
      if (isGone) return opened.close();
      const ready = opened.map;
      ready.on("idle", () => place.current?.setAttribute("data-drawn", String(new Set(ready.queryRenderedFeatures({ layers: ["parts"] }).map((one) => one.properties["key"])).size)));
      // Sources are there only once the style is.
      ready.once("style.load", () => !isGone && (pull(ready, latest, shown), setMap(ready)));
    };
    draw().catch((trouble: unknown) => !isGone && latest.current.onTrouble(trouble));
    return () => {
      isGone = true;
      opened?.close();
    };
  }, []);

  useEffect(() => {
    shown.current = props.seen.plan;
    if (map) put(map, sourcesOf(props.seen));
  }, [map, props.seen]);

  useEffect(() => {
    if (!map) return;
    const { plan } = props.seen;
    const names = new Map(plan.parts.map((part) => [part.key, t.named(part.name) || part.code]));
    const markers = labelsOf(plan).slice(0, LABELS_MOST).map(({ key, at }) => {
      const sign = document.createElement("span");
      sign.className = "area-name";
      sign.textContent = names.get(key) ?? "";
      const marker = new Marker({ element: sign }).setLngLat([at[0], at[1]]).addTo(map);
      // The list beside the map says the same to screen readers.
      sign.removeAttribute("role");
      sign.removeAttribute("aria-label");
      sign.setAttribute("aria-hidden", "true");
      return marker;
    });
    return () => markers.forEach((marker) => marker.remove());
  }, [map, props.seen.plan, t.language]);

  useEffect(() => {
    const bounds = props.look && boxOf(props.look);
    if (map && bounds) map.fitBounds(bounds, { padding: 80, maxZoom: 18, animate: false });
  }, [map, props.look]);

  return <div class="map" ref={place} data-testid="areas-picture" />;
}

function put(map: Drawn, sources: Sources): void {
  for (const [name, data] of Object.entries(sources)) map.getSource<GeoJSONSource>(name)?.setData(data);
}

/** Corners are moved, and made in the middle of an edge, by pulling; what is pressed is chosen. */
function pull(map: Drawn, latest: { current: { seen: Seen } & Told }, shown: { current: Plan }): void {
  let pulled: { plan: Plan; corner: number; hasMoved: boolean } | null = null;
  const under = (event: MapMouseEvent | MapTouchEvent, layer: string) => {
    const { x, y } = event.point;
    return map.queryRenderedFeatures([[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]], { layers: [layer] })[0]?.properties;
  };
  const begin = (event: MapMouseEvent | MapTouchEvent) => {
    const corner = under(event, "corners");
    const middle = corner ? undefined : under(event, "middles");
    if (corner) pulled = { plan: shown.current, corner: Number(corner["corner"]), hasMoved: false };
    else if (middle) {
      const [plan, made] = insert(shown.current, Number(middle["from"]), Number(middle["to"]), [event.lngLat.lng, event.lngLat.lat]);
      pulled = { plan, corner: made, hasMoved: false };
    } else return;
    event.preventDefault(); // the map stays where it is
    latest.current.onCorner(pulled.corner);
  };
  const go = (event: MapMouseEvent | MapTouchEvent) => {
    if (!pulled) return;
    const to: At = [event.lngLat.lng, event.lngLat.lat];
    pulled = { ...pulled, plan: move(pulled.plan, pulled.corner, to), hasMoved: true };
    put(map, sourcesOf({ ...latest.current.seen, plan: pulled.plan, corner: pulled.corner, findings: [] }));
  };
  const end = () => {
    if (pulled?.hasMoved) latest.current.onChange(pulled.plan, pulled.corner);
    pulled = null;
  };
  map.on("mousedown", begin);
  map.on("touchstart", begin);
  map.on("mousemove", go);
  map.on("touchmove", go);
  map.on("mouseup", end);
  map.on("touchend", end);
  map.on("click", (event) => {
    if (under(event, "corners")) return;
    const part = map.queryRenderedFeatures(event.point, { layers: ["parts"] })[0];
    if (part) latest.current.onPart(String(part.properties["key"]));
  });
  for (const layer of ["corners", "middles"]) {
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "move"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
  }
}
