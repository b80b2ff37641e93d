// The map of the polygon of a notice. A press adds a corner; corners are moved by mouse, finger or arrow keys.
import type { Feature } from "geojson";
import { type GeoJSONSource, type Map as Drawn, Marker, type StyleSpecification } from "maplibre-gl";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { addBaseMap } from "../../../src/base-map/base-map";
import { boundsAround } from "../../../src/bounds";
import { colourOf } from "../../../src/theme";
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { BaseMapNote } from "../map/base-map-note";
import { boundsOfAreas } from "../map/area-bounds";
import { openMap, type OpenMap } from "../map/maplibre";
import { surroundings } from "../map/surroundings";
import { ErrorMessage } from "../ui/error-message";
import {
  type Corner,
  CORNERS_MAX,
  type Drawing,
  sketchOf,
  withCorner,
  withMovedCorner,
  withoutCorner,
} from "./polygon";

/** Pixels that a press of an arrow key moves a corner. */
const STEP_PX = 8;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-STEP_PX, 0],
  ArrowRight: [STEP_PX, 0],
  ArrowUp: [0, -STEP_PX],
  ArrowDown: [0, STEP_PX],
};

/** `onChange`: null shows the polygon without letting it be changed. */
export type PolygonMapProps = {
  drawing: Drawing;
  onChange: ((corners: readonly Corner[]) => void) | null;
};

export function PolygonMap(props: PolygonMapProps) {
  const t = useTranslation();
  const me = useMe();
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  /** The corner with the focus of the keyboard, -1: none. Its button is made anew at each change. */
  const focused = useRef(-1);
  const [map, setMap] = useState<Drawn | null>(null);
  const [lacksBase, setLacksBase] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { drawing, onChange } = props;

  useEffect(() => {
    let opened: OpenMap | null = null;
    let isGone = false;
    const open = async () => {
      const bounds =
        boundsAround(sketchOf(latest.current.drawing)) ?? (await boundsOfAreas(me.areas.map((area) => area.id)));
      if (isGone || !place.current) return;
      const style = () => polygonStyle(featuresOf(latest.current.drawing));
      const title = t("notice_polygon");
      opened = await openMap({ place: place.current, style, bounds, padding: 40, title, t, onTrouble: setError });
      if (isGone) return opened.close();
      const newMap = opened.map;
      addBaseMap(newMap, t.language).then((base) => setLacksBase(base === null), setError);
      newMap.once("style.load", () => !isGone && setMap(newMap));
      newMap.on("click", (event) => {
        if (event.originalEvent.target !== newMap.getCanvas()) return; // a corner was pressed
        addCorner(latest.current, [event.lngLat.lng, event.lngLat.lat]);
      });
    };
    open().catch((cause: unknown) => !isGone && setError(cause));
    return () => {
      isGone = true;
      opened?.close();
    };
  }, [t.language]);

  useEffect(() => {
    if (!map) return;
    void map.getSource<GeoJSONSource>("polygon")?.setData(featuresOf(drawing));
    if (!onChange) return;
    const markers = drawing.corners.map((corner, n) => {
      const button = cornerButton(n, t("corner_is", { n: n + 1, at: corner.map((d) => d.toFixed(6)).join(", ") }));
      button.addEventListener("keydown", (event) => pressKey(event, map, latest.current, n));
      const marker = new Marker({ element: button, draggable: true }).setLngLat([corner[0], corner[1]]).addTo(map);
      button.removeAttribute("role");
      marker.on("dragend", () => {
        const { lng, lat } = marker.getLngLat();
        latest.current.onChange?.(withMovedCorner(latest.current.drawing.corners, n, [lng, lat]));
      });
      return marker;
    });
    markers[Math.min(focused.current, markers.length - 1)]?.getElement().focus({ preventScroll: true });
    return () => {
      focused.current = markers.findIndex((marker) => marker.getElement() === document.activeElement);
      markers.forEach((marker) => marker.remove());
    };
  }, [map, drawing, onChange === null, t.language]);

  return (
    <>
      {error !== null && <ErrorMessage error={error} />}
      <div class="map polygon-map" ref={place} data-testid="polygon-map" data-ready={map !== null} />
      {lacksBase && <BaseMapNote />}
      {onChange && map && (
        <button
          type="button"
          onClick={() => {
            const { lng, lat } = map.getCenter();
            addCorner(latest.current, [lng, lat]);
          }}
          data-testid="corner-at-centre"
        >
          {t("corner_at_centre")}
        </button>
      )}
    </>
  );
}

function addCorner({ drawing, onChange }: PolygonMapProps, at: Corner): void {
  if (drawing.corners.length < CORNERS_MAX) onChange?.(withCorner(drawing.corners, at));
}

/** Arrow keys move the corner, Delete removes it. */
function pressKey(event: KeyboardEvent, map: Drawn, { drawing, onChange }: PolygonMapProps, n: number): void {
  const arrow = ARROWS[event.key];
  const { corners } = drawing;
  if (arrow) {
    const { x, y } = map.project([corners[n]![0], corners[n]![1]]);
    const { lng, lat } = map.unproject([x + arrow[0], y + arrow[1]]);
    onChange?.(withMovedCorner(corners, n, [lng, lat]));
  } else if (event.key === "Delete" || event.key === "Backspace") onChange?.(withoutCorner(corners, n));
  else return;
  event.preventDefault();
  event.stopPropagation(); // keeps the map from moving
}

function cornerButton(n: number, label: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "corner";
  button.dataset["testid"] = `polygon-corner-${n + 1}`;
  button.setAttribute("aria-label", label);
  button.title = label;
  return button;
}

function featuresOf(drawing: Drawing): GeoJSON.FeatureCollection {
  const geometry = sketchOf(drawing);
  const features: Feature[] = geometry ? [{ type: "Feature", geometry, properties: {} }] : [];
  return { type: "FeatureCollection", features };
}

/** Grids, communities and streets from the tiles, and the polygon, in the colours of the theme that is shown. */
function polygonStyle(polygon: GeoJSON.FeatureCollection): StyleSpecification {
  return {
    version: 8,
    sources: {
      gridward: { type: "vector", url: `${ROOT}/ogc/tiles/WebMercatorQuad/tilejson` },
      polygon: { type: "geojson", data: polygon },
    },
    layers: [
      ...surroundings(),
      {
        id: "polygon",
        type: "fill",
        source: "polygon",
        filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": colourOf("--map-area-chosen"), "fill-opacity": 0.5 },
      },
      {
        id: "polygon-border",
        type: "line",
        source: "polygon",
        paint: { "line-color": colourOf("--main"), "line-width": 2.5 },
      },
    ],
  };
}
