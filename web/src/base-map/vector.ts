// The vector base map: tiles from our own file, in the colours of the theme that is shown, or for print.
import { addProtocol, type Map as Picture } from "maplibre-gl";
import type { Language } from "../i18n";
import { repaint } from "../repaint";
import { onThemeChange } from "../theme";
import { openArchive } from "./archive";
import {
  type Credit,
  creditText,
  escapeHtml,
  firstOwnLayer,
  SOURCE,
  type StoredMap,
  type VectorMap,
} from "./definition";
import { baseLayers, type FlavourName } from "./style";
import { tileNumbers } from "./tile-position";

const PROTOCOL = "base-map";

/** Add the base map. Tiles that are stored on the device are not requested. */
export function addVectorMap(map: Picture, base: VectorMap, language: Language, stored?: StoredMap): void {
  const archive = openArchive(base);
  addProtocol(PROTOCOL, async ({ url }, { signal }) => {
    const [zoom, column, row] = tileNumbers(url.slice(PROTOCOL.length + 3));
    const data =
      (await stored?.tile(base, zoom, column, row)) ?? (await archive.getZxy(zoom, column, row, signal))?.data;
    return { data: data ?? new ArrayBuffer(0) };
  });
  map.addSource(SOURCE, {
    type: "vector",
    tiles: [`${PROTOCOL}://{z}/{x}/{y}`],
    minzoom: base.min_zoom,
    maxzoom: base.max_zoom,
    bounds: base.bounds,
    attribution: base.attribution.map((credit) => creditHtml(credit, language)).join(""),
  });
  const below = firstOwnLayer(map);
  for (const layer of baseLayers(shownFlavour(), language)) map.addLayer(layer, below);
  markFlavour(map, shownFlavour());
  const stop = [
    onThemeChange(() => recolour(map, shownFlavour(), language)),
    onPrint(map, (flavour) => recolour(map, flavour, language)),
  ];
  void map.once("remove", () => stop.forEach((end) => end()));
  map.on("idle", () => markDrawn(map));
}

/** Say on the element of the map how much of the base map is drawn, once there is something. */
function markDrawn(map: Picture): void {
  const element = map.getContainer();
  if (element.hasAttribute("data-base-features") || !map.getSource(SOURCE)) return;
  const layers = map.getStyle().layers.flatMap(({ id }) => (id.startsWith(`${SOURCE}-`) ? [id] : []));
  const features = map.queryRenderedFeatures({ layers }).length;
  if (features > 0) element.setAttribute("data-base-features", String(features));
}

function creditHtml({ text, href }: Credit, language: Language): string {
  const words = escapeHtml(creditText(text, language));
  return href === null ? words : `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer">${words}</a>`;
}

const shownFlavour = (): FlavourName => (document.documentElement.dataset["theme"] === "dark" ? "dark" : "light");

function recolour(map: Picture, flavour: FlavourName, language: Language): void {
  if (!map.getSource(SOURCE)) return;
  repaint(map, baseLayers(flavour, language));
  markFlavour(map, flavour);
}

const markFlavour = (map: Picture, flavour: FlavourName) =>
  map.getContainer().setAttribute("data-base-flavour", flavour);

/**
 * Draw the base map for paper while the page is printed; early-theme.js makes everything else light. Returns a function that
 * ends this.
 */
function onPrint(map: Picture, draw: (flavour: FlavourName) => void): () => void {
  const before = () =>
    // After those that follow the theme, and painted at once: the browser does not wait for a frame.
    queueMicrotask(() => {
      draw("print");
      map.redraw();
    });
  const after = () => queueMicrotask(() => draw(shownFlavour()));
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  return () => {
    removeEventListener("beforeprint", before);
    removeEventListener("afterprint", after);
  };
}
