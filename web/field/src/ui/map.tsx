// A map of our own tiles with marks: tasks, or the place of a report, which can be moved. Loaded when it is first opened.
import {
  AttributionControl,
  Map as Picture,
  Marker,
  NavigationControl,
  setWorkerUrl,
  type StyleSpecification,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { addBaseMap } from "../../../src/base-map";
import { api } from "../client";
import { roundDegrees } from "../geolocation";
import { useTranslation } from "../hooks/use-translation";

setWorkerUrl(new URL(workerUrl, document.baseURI).href);

export type Mark = { id: string; at: [number, number]; words: string };
const ZOOM = 16;
const TOKEN_RENEWAL_MS = 60_000;
const TOKEN_PATIENCE_MS = 3_000;
const STYLE = `${ROOT}/ogc/styles/gridward`;
// Without a network the marks have no background, and the place can still be corrected.
const EMPTY_STYLE: StyleSpecification = {
  version: 8,
  sources: {},
  layers: [{ id: "ground", type: "background", paint: { "background-color": "#dfe4df" } }],
};

/** Return an access token, or null if there is none within a few seconds. */
const tokenOrNull = (): Promise<string | null> =>
  Promise.race([
    api.token().catch(() => null),
    new Promise<null>((resolve) => setTimeout(() => resolve(null), TOKEN_PATIENCE_MS)),
  ]);

/** Shows `marks`. With `onMove` the first mark can be moved by dragging it or by a click on the map. */
export default function TaskMap(props: {
  marks: Mark[];
  onOpen?: (id: string) => void;
  onMove?: (at: [number, number]) => void;
}) {
  const t = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState(false);
  const key = props.marks.map((mark) => `${mark.id} ${mark.at.join()}`).join("|");
  const onMoveRef = useRef(props.onMove);
  onMoveRef.current = props.onMove;
  const current = useRef<{ map: Picture; marker: Marker } | null>(null);
  useEffect(() => {
    let map: Picture | null = null;
    let timer = 0;
    let isGone = false;
    const draw = async () => {
      let token = await tokenOrNull();
      if (isGone || !place.current || !props.marks[0]) return;
      let isBare = token === null;
      let isDrawn = false;
      setTrouble(isBare);
      map = new Picture({
        container: place.current,
        style: isBare ? EMPTY_STYLE : STYLE,
        center: props.marks[0].at,
        zoom: ZOOM,
        attributionControl: false,
        transformRequest: (url) =>
          url.startsWith(`${ROOT}/`) ? { url, headers: { Authorization: `Bearer ${token}` } } : { url },
      });
      const addBase = (newMap: Picture) => void addBaseMap(newMap).catch(() => setTrouble(true));
      if (!isBare) addBase(map);
      map.once("style.load", () => (isDrawn = true));
      const renew = async () => {
        token = (await tokenOrNull()) ?? token;
        if (isGone || !map || !isBare || token === null) return;
        isBare = false;
        map.setStyle(STYLE);
        addBase(map);
        setTrouble(false);
      };
      timer = window.setInterval(() => void renew(), TOKEN_RENEWAL_MS);
      map.addControl(new NavigationControl({ showCompass: false }));
      map.addControl(new AttributionControl({ compact: true }));
      map.on("error", () => {
        setTrouble(true);
        // The style itself did not load.
        if (isDrawn || isBare) return;
        isBare = true;
        map?.setStyle(EMPTY_STYLE);
      });
      map.on("idle", () => {
        place.current?.setAttribute("data-drawn", "true");
        if (map?.getLayer("base")) place.current?.setAttribute("data-base", "true");
      });
      const markers = props.marks.map((mark, n) => {
        const marker = new Marker({ color: n === 0 ? "#a40e0e" : "#0b3d2e", draggable: n === 0 && !!props.onMove })
          .setLngLat(mark.at)
          .addTo(map!);
        marker.getElement().setAttribute("aria-label", mark.words);
        if (props.onOpen) marker.getElement().addEventListener("click", () => props.onOpen!(mark.id));
        return marker;
      });
      const first = markers[0];
      if (props.onMove && first) {
        current.current = { map, marker: first };
        const reportMove = () => {
          const { lng, lat } = first.getLngLat();
          onMoveRef.current?.([roundDegrees(lng), roundDegrees(lat)]);
        };
        first.on("dragend", reportMove);
        map.on("click", (event) => {
          first.setLngLat(event.lngLat);
          reportMove();
        });
      } else if (props.marks.length > 1) {
        const lons = props.marks.map((mark) => mark.at[0]);
        const lats = props.marks.map((mark) => mark.at[1]);
        map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], {
          padding: 40,
          maxZoom: ZOOM,
          animate: false,
        });
      }
    };
    void draw().catch(() => setTrouble(true));
    return () => {
      isGone = true;
      current.current = null;
      clearInterval(timer);
      map?.remove();
    };
    // Moving the mark does not rebuild the map.
  }, [props.onMove ? "one" : key]);
  // Follow a place that was set elsewhere: typed, from the phone, or the centre of a grid.
  const [lon, lat] = props.marks[0]?.at ?? [];
  useEffect(() => {
    if (current.current === null || lon === undefined || lat === undefined) return;
    const { map, marker } = current.current;
    marker.setLngLat([lon, lat]);
    if (!map.getBounds().contains([lon, lat])) map.jumpTo({ center: [lon, lat] });
  }, [lon, lat]);
  return (
    <>
      {trouble && <p class="note">{t("map_later")}</p>}
      <div class="map" ref={place} data-testid="map" />
    </>
  );
}
