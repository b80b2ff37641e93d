// A MapLibre map of our own tiles: with access token, translated controls, and a function that closes it.
import type { Geometry } from "geojson";
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
import type { useTranslation } from "../hooks/use-translation";
import { api } from "../session";

setWorkerUrl(new URL(workerUrl, document.baseURI).href);

const TOKEN_EVERY_MS = 60_000;

export type OpenMap = { map: Drawn; close: () => void };
type MapOptions = {
  place: HTMLElement;
  style: StyleSpecification;
  bounds: LngLatBoundsLike | null;
  padding: number;
  title: string;
  t: ReturnType<typeof useTranslation>;
  onTrouble: (error: unknown) => void;
};

export async function openMap({ place, style, bounds, padding, title, t, onTrouble }: MapOptions): Promise<OpenMap> {
  let token = await api.token();
  const timer = window.setInterval(() => void api.token().then((next) => (token = next), onTrouble), TOKEN_EVERY_MS);
  const map = new Drawn({
    container: place,
    style,
    ...(bounds ? { bounds, fitBoundsOptions: { padding } } : {}),
    attributionControl: false,
    locale: {
      "NavigationControl.ZoomIn": t("zoom_in"),
      "NavigationControl.ZoomOut": t("zoom_out"),
      "Map.Title": title,
    },
    transformRequest: (url) =>
      url.startsWith(`${ROOT}/`) ? { url, headers: { Authorization: `Bearer ${token}` } } : { url },
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new AttributionControl({ compact: true }));
  map.on("error", ({ error }) => onTrouble(error));
  const close = () => {
    clearInterval(timer);
    map.remove();
  };
  return { map, close };
}

/** Return the bounds (west, south, east, north) around all geometries; null if they have no coordinates. */
export function boundsAround(...shapes: (Geometry | null)[]): [number, number, number, number] | null {
  const numbers = shapes.flatMap(
    (shape) => (shape && "coordinates" in shape ? (shape.coordinates as unknown[]).flat(Infinity) : []) as number[],
  );
  if (numbers.length === 0) return null;
  const box: [number, number, number, number] = [180, 90, -180, -90];
  for (let n = 0; n + 1 < numbers.length; n += 2) {
    box[0] = Math.min(box[0], numbers[n]!);
    box[1] = Math.min(box[1], numbers[n + 1]!);
    box[2] = Math.max(box[2], numbers[n]!);
    box[3] = Math.max(box[3], numbers[n + 1]!);
  }
  return box;
}
