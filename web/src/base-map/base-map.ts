// The base map that the operator configured, below our own layers: vector tiles of our own file, or raster tiles of a third
// party. Their code is loaded when it is needed.
import type { Map as Picture } from "maplibre-gl";
import { TIME_LIMIT_MS } from "../api/http";
import type { Language } from "../i18n";
import { type BaseMap, SOURCE, type StoredMap } from "./definition";

/**
 * Add the base map below all layers of `map`. Call it directly after creating the map or setting a style. Returns the base
 * map, null if none is configured, or undefined if that is not known without a network.
 */
export async function addBaseMap(
  map: Picture,
  language: Language,
  stored?: StoredMap,
): Promise<BaseMap | null | undefined> {
  const styleLoaded = new Promise<unknown>((resolve) => map.once("style.load", resolve));
  let base = await fetchBaseMap();
  if (base === undefined) base = (await stored?.base()) ?? undefined;
  if (!base) return base;
  const [add] = await Promise.all([
    base.kind === "raster"
      ? import("./raster").then(
          ({ addRasterMap }) =>
            () =>
              addRasterMap(map, base, language),
        )
      : import("./vector").then(
          ({ addVectorMap }) =>
            () =>
              addVectorMap(map, base, language, stored),
        ),
    styleLoaded,
  ]);
  // The page may be closed by now, or another style was set, to which the base map was added.
  if (map.getStyle() && !map.getSource(SOURCE)) add();
  return base;
}

/** Return the configured base map; null if there is none, and undefined without a network. */
export async function fetchBaseMap(): Promise<BaseMap | null | undefined> {
  try {
    const response = await fetch(new URL("base-map.json", document.baseURI), {
      cache: "no-cache",
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    return response.ok ? ((await response.json()) as BaseMap | null) : undefined;
  } catch (error) {
    if (
      error instanceof TypeError ||
      error instanceof SyntaxError ||
      (error instanceof DOMException && error.name === "TimeoutError")
    )
      return undefined;
    throw error;
  }
}
