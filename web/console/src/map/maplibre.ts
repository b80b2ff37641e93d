// A MapLibre map of our own tiles: with access token, translated controls, and a function that closes it.
import {
  AttributionControl,
  type LngLatBoundsLike,
  Map as Drawn,
  NavigationControl,
  setWorkerUrl,
  type StyleSpecification,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { ROOT } from "../../../src/api/http";
import { repaint } from "../../../src/repaint";
import { onThemeChange } from "../../../src/theme";
import type { useTranslation } from "../hooks/use-translation";
import { api } from "../session";

setWorkerUrl(new URL(workerUrl, document.baseURI).href);

const TOKEN_EVERY_MS = 60_000;

export type OpenMap = { map: Drawn; close: () => void };
type MapOptions = {
  place: HTMLElement;
  /** Returns the style in the colours of the theme that is shown. */
  style: () => StyleSpecification;
  bounds: LngLatBoundsLike | null;
  /** Where the map begins, in place of `bounds`. */
  view?: { zoom: number; lon: number; lat: number };
  padding: number;
  title: string;
  t: ReturnType<typeof useTranslation>;
  onTrouble: (error: unknown) => void;
};

export async function openMap({
  place,
  style,
  bounds,
  view,
  padding,
  title,
  t,
  onTrouble,
}: MapOptions): Promise<OpenMap> {
  let token = await api.token();
  const timer = window.setInterval(() => void api.token().then((next) => (token = next), onTrouble), TOKEN_EVERY_MS);
  const map = new Drawn({
    container: place,
    style: style(),
    ...(bounds ? { bounds, fitBoundsOptions: { padding } } : {}),
    ...(view ? { center: [view.lon, view.lat], zoom: view.zoom } : {}),
    attributionControl: false,
    locale: {
      "NavigationControl.ZoomIn": t("zoom_in"),
      "NavigationControl.ZoomOut": t("zoom_out"),
      "AttributionControl.ToggleAttribution": t("map_credits"),
      "Map.Title": title,
    },
    transformRequest: (url) =>
      url.startsWith(`${ROOT}/`) ? { url, headers: { Authorization: `Bearer ${token}` } } : { url },
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new AttributionControl({ compact: true }));
  map.on("error", ({ error }) => onTrouble(error));
  const stopThemes = onThemeChange(() => repaint(map, style().layers));
  map.once("style.load", () => repaint(map, style().layers)); // the theme may have changed since
  const close = () => {
    stopThemes();
    clearInterval(timer);
    map.remove();
  };
  return { map, close };
}
