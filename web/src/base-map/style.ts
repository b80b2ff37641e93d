// Layers of the vector base map: those of Protomaps in three flavours, without icons and glyph files. The device draws the
// letters. Pure functions.
import { type Flavor, layers, namedFlavor } from "@protomaps/basemaps";
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Language } from "../i18n";
import { SOURCE } from "./definition";

export type FlavourName = "light" | "dark" | "print";

const FONT = { regular: "sans-serif", bold: "sans-serif", italic: "sans-serif" };
// As shipped, buildings of the dark flavour are darker than the land, and names of streets are hard to read in both.
const FLAVOURS: Record<FlavourName, Flavor> = {
  light: {
    ...namedFlavor("light"),
    ...FONT,
    roads_label_minor: "#655d60",
    roads_label_major: "#544c4f",
    address_label: "#655d60",
    subplace_label: "#5f5f5f",
    water: "#a5d5e3",
  },
  dark: {
    ...namedFlavor("dark"),
    ...FONT,
    buildings: "#2e3033",
    minor_a: "#454545",
    minor_b: "#454545",
    major: "#5a5a5a",
    roads_label_minor: "#9a9a9a",
    roads_label_major: "#b5b5b5",
    address_label: "#9a9a9a",
    subplace_label: "#a5a5a5",
    city_label: "#c0c0c0",
    water: "#27384a",
    ocean_label: "#8fa3b8",
  },
  print: {
    ...namedFlavor("white"),
    ...FONT,
    buildings: "#e2e2e2",
    minor_a: "#d2d2d2",
    minor_b: "#d2d2d2",
    major: "#c2c2c2",
    highway: "#b2b2b2",
    roads_label_minor: "#4a4a4a",
    roads_label_major: "#333333",
    address_label: "#4a4a4a",
    subplace_label: "#333333",
  },
};
// They need icons, are no part of a city, or begin too late (house numbers).
const LEFT_OUT = new Set(["background", "landcover", "roads_oneway", "roads_shields", "pois", "address_label"]);
// Its colours differ by feature, and take more than a frame to change. On paper it is left out.
const PARKS = "landuse_park";
const HOUSE_NUMBERS_FROM = 16;

/** Return the layers from the bottom to the top, in a flavour and with names in a language. */
export function baseLayers(flavourName: FlavourName, language: Language): LayerSpecification[] {
  const flavour = FLAVOURS[flavourName];
  const lang = language === "en" ? "en" : "zh-Hans";
  const halo = { "text-halo-color": flavour.earth, "text-halo-width": 1.5 };
  const theirs = layers(SOURCE, flavour, { lang })
    .filter(({ id }) => !LEFT_OUT.has(id))
    .map((layer) => prefixed(layer, flavourName));
  return [
    { id: `${SOURCE}-background`, type: "background", paint: { "background-color": flavour.earth } },
    ...theirs,
    {
      id: `${SOURCE}-landmarks`,
      type: "symbol",
      source: SOURCE,
      "source-layer": "pois",
      minzoom: 13,
      filter: [">=", ["zoom"], ["coalesce", ["get", "min_zoom"], 14]],
      layout: {
        "text-field": nameIn(lang),
        "text-font": [FONT.regular],
        "text-size": 12,
        "text-max-width": 7,
        "symbol-sort-key": ["coalesce", ["get", "min_zoom"], 14],
      },
      paint: { "text-color": flavour.roads_label_major, ...halo },
    },
    {
      id: `${SOURCE}-house-numbers`,
      type: "symbol",
      source: SOURCE,
      "source-layer": "buildings",
      minzoom: HOUSE_NUMBERS_FROM,
      filter: ["==", ["get", "kind"], "address"],
      layout: { "text-field": ["get", "addr_housenumber"], "text-font": [FONT.regular], "text-size": 11 },
      paint: { "text-color": flavour.address_label, "text-halo-color": flavour.buildings, "text-halo-width": 1 },
    },
  ];
}

/** Return a layer of Protomaps under our name, without its icon, in a font of the device for all scripts. */
function prefixed(layer: LayerSpecification, flavourName: FlavourName): LayerSpecification {
  const { "icon-image": _icon, ...layout } = (layer.layout ?? {}) as Record<string, unknown>;
  const paint = { ...layer.paint, ...(layer.id === PARKS && flavourName === "print" ? { "fill-opacity": 0 } : {}) };
  const text = JSON.stringify({ ...layer, id: `${SOURCE}-${layer.id}`, layout, paint });
  return JSON.parse(text.replaceAll(/"Noto Sans[^"]*"/g, `"${FONT.regular}"`)) as LayerSpecification;
}

const nameIn = (lang: "en" | "zh-Hans"): ExpressionSpecification => [
  "coalesce",
  ["get", `name:${lang}`],
  ["get", "name"],
  "",
];
