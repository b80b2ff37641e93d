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
import "./map.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { addBaseMap } from "../../../src/base-map/base-map";
import { SOURCE } from "../../../src/base-map/definition";
import { colourOf, onThemeChange } from "../../../src/theme";
import { api } from "../client";
import { roundDegrees } from "../geolocation";
import { useTranslation } from "../hooks/use-translation";
import { STORED_MAP } from "../map-tiles";

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
  layers: [{ id: "ground", type: "background" }],
};
const LINE_COLOURS: Record<string, `--map-${string}`> = {
  districts: "--map-district",
  streets: "--map-street",
  communities: "--map-community",
  grids: "--map-grid",
};

/** Give the layers of the server's style the colours of the theme that is shown. Circles have a colour by state and a ring. */
function repaint(map: Picture): void {
  for (const layer of map.getStyle()?.layers ?? []) {
    if (layer.id.startsWith(SOURCE)) continue;
    if (layer.type === "background") map.setPaintProperty(layer.id, "background-color", colourOf("--map-land"));
    if (layer.type === "line" && LINE_COLOURS[layer.id])
      map.setPaintProperty(layer.id, "line-color", colourOf(LINE_COLOURS[layer.id]!));
    if (layer.type !== "symbol") continue;
    map.setPaintProperty(layer.id, "text-color", colourOf("--map-text"));
    map.setPaintProperty(layer.id, "text-halo-color", colourOf("--map-halo"));
  }
}

/** What a colour of the tiles means: the state of a case. */
type LegendEntry = { status: string; title: string; colour: string };

/** Return the legend that the style of the server has. */
const legendOf = (metadata: unknown) =>
  (metadata as Record<string, LegendEntry[]> | undefined)?.["gridward:legend"] ?? [];

/** Return an access token, or null if there is none within a few seconds. */
const tokenOrNull = (): Promise<string | null> =>
  Promise.race([
    api.token().catch(() => null),
    new Promise<null>((resolve) => setTimeout(() => resolve(null), TOKEN_PATIENCE_MS)),
  ]);

/** Shows `marks`, and the phone's own position as a dot. With `onMove` the first mark can be moved by dragging it or by a click on the map. */
export default function TaskMap(props: {
  marks: Mark[];
  own?: [number, number] | null;
  onOpen?: (id: string) => void;
  onMove?: (at: [number, number]) => void;
}) {
  const t = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState(false);
  const [base, setBase] = useState<"unknown" | "none" | "drawn">("unknown");
  const [legend, setLegend] = useState<LegendEntry[]>([]);
  const key = props.marks.map((mark) => `${mark.id} ${mark.at.join()}`).join("|");
  // What is drawn later uses the props of then.
  const latest = useRef(props);
  latest.current = props;
  const current = useRef<{ map: Picture; marker: Marker } | null>(null);
  const drawnMap = useRef<Picture | null>(null);
  const ownDot = useRef<Marker | null>(null);
  const showOwn = () => {
    const { own, onMove } = latest.current;
    if (!own || drawnMap.current === null) return;
    if (ownDot.current === null) {
      // A position that comes later is brought into view once; a map that is being moved stays where it is.
      if (!onMove && !drawnMap.current.getBounds().contains(own)) fitAll(drawnMap.current);
      const element = document.createElement("div");
      element.className = "me";
      element.setAttribute("role", "img");
      element.setAttribute("aria-label", t("my_position"));
      ownDot.current = new Marker({ element }).setLngLat(own).addTo(drawnMap.current);
    } else ownDot.current.setLngLat(own);
  };
  const fitAll = (map: Picture) => {
    const { marks, own } = latest.current;
    const points = [...marks.map((mark) => mark.at), ...(own ? [own] : [])];
    const lons = points.map((point) => point[0]);
    const lats = points.map((point) => point[1]);
    map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], {
      padding: 40,
      maxZoom: ZOOM,
      animate: false,
    });
  };
  useEffect(showOwn, [props.own?.[0], props.own?.[1]]);
  useEffect(() => {
    let map: Picture | null = null;
    let timer = 0;
    let isGone = false;
    let stopThemes = () => {};
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
        locale: {
          "AttributionControl.ToggleAttribution": t("map_credits"),
          "NavigationControl.ZoomIn": t("map_zoom_in"),
          "NavigationControl.ZoomOut": t("map_zoom_out"),
        },
        transformRequest: (url) =>
          url.startsWith(`${ROOT}/`)
            ? { url, headers: { Authorization: `Bearer ${token}`, "Accept-Language": t.language } }
            : { url },
      });
      const addBase = (newMap: Picture) =>
        void addBaseMap(newMap, t.language, STORED_MAP).then(
          (added) => setBase(added ? "drawn" : added === null ? "none" : "unknown"),
          () => setTrouble(true),
        );
      addBase(map);
      const newMap = map;
      map.on("style.load", () => {
        isDrawn = true;
        setLegend(legendOf(newMap.getStyle().metadata));
        repaint(newMap); // also after another style was set
      });
      stopThemes = onThemeChange(() => repaint(newMap));
      const renew = async () => {
        token = (await tokenOrNull()) ?? token;
        if (isGone || !map || !isBare || token === null) return;
        isBare = false;
        map.setStyle(STYLE, { diff: false });
        addBase(map);
        setTrouble(false);
      };
      timer = window.setInterval(() => void renew(), TOKEN_RENEWAL_MS);
      map.addControl(new NavigationControl({ showCompass: false }));
      map.addControl(new AttributionControl({ compact: true }));
      map.on("error", (event) => {
        // Larger tiles of the vector base map stand in for those that are missing.
        const isBase = (event as { sourceId?: string }).sourceId === SOURCE;
        if (isBase && map?.getSource(SOURCE)?.type === "vector") return;
        setTrouble(true);
        // The style itself did not load.
        if (isDrawn || isBare) return;
        isBare = true;
        map?.setStyle(EMPTY_STYLE, { diff: false });
        if (map) addBase(map);
      });
      map.on("idle", () => {
        place.current?.setAttribute("data-drawn", "true");
        if (map?.getSource(SOURCE)) place.current?.setAttribute("data-base", "true");
      });
      const markers = props.marks.map((mark, n) => {
        const marker = new Marker({ color: "var(--bad)", draggable: n === 0 && !!props.onMove })
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
          latest.current.onMove?.([roundDegrees(lng), roundDegrees(lat)]);
        };
        first.on("dragend", reportMove);
        map.on("click", (event) => {
          first.setLngLat(event.lngLat);
          reportMove();
        });
      } else {
        fitAll(map);
      }
      drawnMap.current = map;
      showOwn();
    };
    void draw().catch(() => setTrouble(true));
    return () => {
      isGone = true;
      current.current = drawnMap.current = ownDot.current = null;
      clearInterval(timer);
      stopThemes();
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
      {trouble && <p class="note">{t(base === "drawn" ? "map_offline" : "map_later")}</p>}
      {base === "none" && (
        <p class="note" data-testid="no-base-map">
          {t("no_base_map")}
        </p>
      )}
      <div class="map" ref={place} data-testid="map" />
      {props.own && <p class="note">{t("map_legend")}</p>}
      {legend.length > 0 && (
        <details data-testid="map-dots">
          <summary>{t("map_dots")}</summary>
          <ul class="legend">
            {legend.map(({ status, title, colour }) => (
              <li key={status}>
                <i style={{ background: colour }} /> {title}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
