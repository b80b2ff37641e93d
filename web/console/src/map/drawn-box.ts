// A box that is drawn on the map by a drag of mouse or finger.
import type { Map as Drawn, MapMouseEvent, MapTouchEvent } from "maplibre-gl";
import type { Box } from "./box";

type Press = MapMouseEvent | MapTouchEvent;

/** Drags of fewer pixels are presses, and draw nothing. */
const LEAST_PX = 6;

/**
 * Let the next drag draw a box in place of moving the map. Returns a function that ends this.
 *
 * `onChange` gets the box at each move; `onEnd` the finished one, or null after a mere press or the key Escape.
 */
export function watchBox(
  map: Drawn,
  onChange: (box: Box | null) => void,
  onEnd: (box: Box | null) => void,
): () => void {
  let start: Press | null = null;
  const boxTo = (event: Press): Box => {
    const a = start!.lngLat;
    const b = event.lngLat;
    return [Math.min(a.lng, b.lng), Math.min(a.lat, b.lat), Math.max(a.lng, b.lng), Math.max(a.lat, b.lat)];
  };
  const begin = (event: Press) => {
    event.preventDefault();
    start = event;
  };
  const move = (event: Press) => {
    if (start) onChange(boxTo(event));
  };
  const end = (event: Press) => {
    if (!start) return;
    const isDrag = event.point.dist(start.point) >= LEAST_PX;
    const box = boxTo(event);
    start = null;
    onChange(null);
    onEnd(isDrag ? box : null);
  };
  const escape = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    start = null;
    onChange(null);
    onEnd(null);
  };
  const canvas = map.getCanvas();
  canvas.style.cursor = "crosshair";
  map.dragPan.disable();
  map.boxZoom.disable();
  const subscriptions = [
    ...(["mousedown", "touchstart"] as const).map((name) => map.on(name, begin)),
    ...(["mousemove", "touchmove"] as const).map((name) => map.on(name, move)),
    ...(["mouseup", "touchend"] as const).map((name) => map.on(name, end)),
  ];
  addEventListener("keydown", escape);
  return () => {
    canvas.style.cursor = "";
    map.dragPan.enable();
    map.boxZoom.enable();
    subscriptions.forEach((subscription) => subscription.unsubscribe());
    removeEventListener("keydown", escape);
  };
}
