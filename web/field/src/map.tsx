// A map of our own tiles: where tasks are, and where a report is, moved by hand. Loaded when it is first opened.
import "maplibre-gl/dist/maplibre-gl.css";
import { AttributionControl, Map as Picture, Marker, NavigationControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../src/api/http";
import { underlay } from "../../src/base-map";
import { api } from "./device";
import { rounded, useWords } from "./ui";

setWorkerUrl(new URL(workerUrl, document.baseURI).href);

export type Mark = { id: string; at: [number, number]; words: string };
const CLOSE = 16;

/** `marks` are shown; with `onMove` the first one can be taken elsewhere, by dragging it or by a touch. */
export default function MapOf(props: { marks: Mark[]; onOpen?: (id: string) => void; onMove?: (at: [number, number]) => void }) {
  const t = useWords();
  const place = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState(false);
  const key = props.marks.map((mark) => `${mark.id} ${mark.at.join()}`).join("|");
  const moved = useRef(props.onMove);
  moved.current = props.onMove;
  useEffect(() => {
    let picture: Picture | null = null;
    let timer = 0;
    let isGone = false;
    const draw = async () => {
      let token = await api.token();
      if (isGone || !place.current || !props.marks[0]) return;
      timer = window.setInterval(() => void api.token().then((next) => (token = next), () => setTrouble(true)), 60_000);
      picture = new Picture({
        container: place.current,
        style: `${ROOT}/ogc/styles/gridward`,
        center: props.marks[0].at,
        zoom: CLOSE,
        attributionControl: false,
        transformRequest: (url) => (url.startsWith(ROOT) ? { url, headers: { Authorization: `Bearer ${token}` } } : { url }),
      });
      underlay(picture).catch(() => setTrouble(true));
      picture.addControl(new NavigationControl({ showCompass: false }));
      picture.addControl(new AttributionControl({ compact: true }));
      picture.on("error", () => setTrouble(true));
      picture.on("idle", () => {
        place.current?.setAttribute("data-drawn", "true");
        if (picture?.getLayer("base")) place.current?.setAttribute("data-base", "true");
      });
      const markers = props.marks.map((mark, n) => {
        const marker = new Marker({ color: n === 0 ? "#a40e0e" : "#0b3d2e", draggable: n === 0 && !!props.onMove }).setLngLat(mark.at).addTo(picture!);
        marker.getElement().setAttribute("aria-label", mark.words);
        if (props.onOpen) marker.getElement().addEventListener("click", () => props.onOpen!(mark.id));
        return marker;
      });
      const first = markers[0];
      if (props.onMove && first) {
        const tell = () => {
          const { lng, lat } = first.getLngLat();
          moved.current?.([rounded(lng), rounded(lat)]);
        };
        first.on("dragend", tell);
        picture.on("click", (event) => {
          first.setLngLat(event.lngLat);
          tell();
        });
      } else if (props.marks.length > 1) {
        const lons = props.marks.map((mark) => mark.at[0]);
        const lats = props.marks.map((mark) => mark.at[1]);
        picture.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 40, maxZoom: CLOSE, animate: false });
      }
    };
    void draw().catch(() => setTrouble(true));
    return () => {
      isGone = true;
      clearInterval(timer);
      picture?.remove();
    };
    // Moving the mark is not a reason to draw the map anew.
  }, [props.onMove ? "one" : key]);
  return (
    <>
      {trouble && <p class="note">{t("map_later")}</p>}
      <div class="map" ref={place} data-testid="map" />
    </>
  );
}
