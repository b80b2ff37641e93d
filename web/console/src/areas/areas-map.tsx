// The map of areas, to pick one or to redraw them. Corners and the middles of edges can be dragged; the list of corners
// does the same by keys.
import type { Geometry } from "geojson";
import { type GeoJSONSource, type Map as Drawn, type MapMouseEvent, type MapTouchEvent, Marker } from "maplibre-gl";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { addBaseMap } from "../../../src/base-map/base-map";
import { boundsAround } from "../../../src/bounds";
import { useTranslation } from "../hooks/use-translation";
import { BaseMapNote } from "../map/base-map-note";
import { openMap, type OpenMap } from "../map/maplibre";
import { hideOverlapping } from "./label-overlap";
import { areasMapStyle, labelsOf, type MapView, type Sources, sourcesOf } from "./map-style";
import { insertCorner, moveCorner, type RedrawDraft, type Position } from "./topology";

const HIT_RADIUS_PX = 8;
const MAX_LABELS = 80;

type Editing = {
  onCorner: (corner: number) => void;
  onChange: (draft: RedrawDraft, corner: number) => void;
};
type MapEvents = {
  onArea: (key: string) => void;
  /** The pointer is on an area, or on none. */
  onPoint?: (key: string | null) => void;
  /** Absent: areas are only picked. */
  editing?: Editing;
  onTrouble: (error: unknown) => void;
};

export function AreasMap(props: { view: MapView; focus: Geometry | null; title: string } & MapEvents) {
  const t = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<Drawn | null>(null);
  const [lacksBase, setLacksBase] = useState(false);
  const latest = useRef(props);
  latest.current = props;
  const currentDraft = useRef<RedrawDraft>(props.view.draft);

  useEffect(() => {
    let opened: OpenMap | null = null;
    let isGone = false;
    const draw = async () => {
      if (!place.current) return;
      const { view } = latest.current;
      const bounds = boundsAround(
        view.outline ?? { type: "MultiPoint", coordinates: view.draft.corners.map((at) => [...at]) },
      );
      const onTrouble = (error: unknown) => latest.current.onTrouble(error);
      opened = await openMap({
        place: place.current,
        style: () => areasMapStyle(`${ROOT}/ogc`, sourcesOf(view)),
        bounds,
        padding: 40,
        title: props.title,
        t,
        onTrouble,
      });
      if (isGone) return opened.close();
      const newMap = opened.map;
      addBaseMap(newMap, t.language).then((base) => setLacksBase(base === null), onTrouble);
      newMap.on("idle", () =>
        place.current?.setAttribute(
          "data-drawn",
          String(
            new Set(newMap.queryRenderedFeatures({ layers: ["areas"] }).map((feature) => feature.properties["key"]))
              .size,
          ),
        ),
      );
      // Sources exist only after the style was loaded.
      newMap.once("style.load", () => {
        if (isGone) return;
        enablePicking(newMap, latest);
        if (latest.current.editing) enableDragging(newMap, latest, currentDraft);
        setMap(newMap);
      });
    };
    draw().catch((trouble: unknown) => !isGone && latest.current.onTrouble(trouble));
    return () => {
      isGone = true;
      opened?.close();
    };
  }, []);

  useEffect(() => {
    currentDraft.current = props.view.draft;
    if (map) setSources(map, sourcesOf(props.view));
  }, [map, props.view]);

  useEffect(() => {
    if (!map) return;
    const { draft } = props.view;
    const names = new Map(draft.areas.map((area) => [area.key, t.named(area.name) || area.code]));
    const labels = new Map<string, HTMLElement>();
    const markers = labelsOf(draft)
      .slice(0, MAX_LABELS)
      .map(({ key, at }) => {
        const label = document.createElement("span");
        label.className = "area-name";
        label.textContent = names.get(key) ?? "";
        const marker = new Marker({ element: label }).setLngLat([at[0], at[1]]).addTo(map);
        // The list beside the map gives the names to screen readers.
        label.removeAttribute("role");
        label.removeAttribute("aria-label");
        label.setAttribute("aria-hidden", "true");
        labels.set(key, label);
        return marker;
      });
    const arrange = () => hideOverlapping([...labels.values()], labels.get(latest.current.view.areaKey ?? ""));
    arrange();
    map.on("moveend", arrange);
    map.on("resize", arrange);
    return () => {
      map.off("moveend", arrange);
      map.off("resize", arrange);
      markers.forEach((marker) => marker.remove());
    };
  }, [map, props.view.draft, props.view.areaKey, t.language]);

  useEffect(() => {
    const bounds = props.focus && boundsAround(props.focus);
    if (map && bounds) map.fitBounds(bounds, { padding: 80, maxZoom: 18, animate: false });
  }, [map, props.focus]);

  return (
    <>
      <div class="map" ref={place} data-testid="areas-picture" />
      {lacksBase && <BaseMapNote />}
    </>
  );
}

function setSources(map: Drawn, sources: Sources): void {
  for (const [name, data] of Object.entries(sources)) void map.getSource<GeoJSONSource>(name)?.setData(data);
}

function featureAt(map: Drawn, event: MapMouseEvent | MapTouchEvent, layer: string) {
  const { x, y } = event.point;
  return map.queryRenderedFeatures(
    [
      [x - HIT_RADIUS_PX, y - HIT_RADIUS_PX],
      [x + HIT_RADIUS_PX, y + HIT_RADIUS_PX],
    ],
    { layers: [layer] },
  )[0]?.properties;
}

/** Call `onArea` at a press on an area, and `onPoint` when the pointer gets to another one. */
function enablePicking(map: Drawn, latest: { current: MapEvents }): void {
  let pointed: string | null = null;
  const point = (key: string | null) => {
    if (key === pointed) return;
    pointed = key;
    map.getCanvas().style.cursor = key === null ? "" : "pointer";
    latest.current.onPoint?.(key);
  };
  map.on("click", (event) => {
    if (latest.current.editing && featureAt(map, event, "corners")) return;
    const area = map.queryRenderedFeatures(event.point, { layers: ["areas"] })[0];
    if (area) latest.current.onArea(String(area.properties["key"]));
  });
  if (latest.current.editing) return;
  map.on("mousemove", "areas", (event) => point(String(event.features?.[0]?.properties["key"])));
  map.on("mouseleave", "areas", () => point(null));
}

/** Drag a corner to move it, or the middle of an edge to insert a corner there. The pressed corner or area is selected. */
function enableDragging(
  map: Drawn,
  latest: { current: { view: MapView } & MapEvents },
  currentDraft: { current: RedrawDraft },
): void {
  let dragged: { draft: RedrawDraft; corner: number; hasMoved: boolean } | null = null;
  const begin = (event: MapMouseEvent | MapTouchEvent) => {
    const corner = featureAt(map, event, "corners");
    const middle = corner ? undefined : featureAt(map, event, "middles");
    if (corner) dragged = { draft: currentDraft.current, corner: Number(corner["corner"]), hasMoved: false };
    else if (middle) {
      const [draft, newCorner] = insertCorner(currentDraft.current, Number(middle["from"]), Number(middle["to"]), [
        event.lngLat.lng,
        event.lngLat.lat,
      ]);
      dragged = { draft, corner: newCorner, hasMoved: false };
    } else return;
    event.preventDefault(); // keeps the map from panning
    latest.current.editing?.onCorner(dragged.corner);
  };
  const drag = (event: MapMouseEvent | MapTouchEvent) => {
    if (!dragged) return;
    const to: Position = [event.lngLat.lng, event.lngLat.lat];
    dragged = { ...dragged, draft: moveCorner(dragged.draft, dragged.corner, to), hasMoved: true };
    setSources(map, sourcesOf({ ...latest.current.view, draft: dragged.draft, corner: dragged.corner, findings: [] }));
  };
  const end = () => {
    if (dragged?.hasMoved) latest.current.editing?.onChange(dragged.draft, dragged.corner);
    dragged = null;
  };
  map.on("mousedown", begin);
  map.on("touchstart", begin);
  map.on("mousemove", drag);
  map.on("touchmove", drag);
  map.on("mouseup", end);
  map.on("touchend", end);
  for (const layer of ["corners", "middles"]) {
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "move"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
  }
}
