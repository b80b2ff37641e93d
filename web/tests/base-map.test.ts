// The vector base map: its layers in each flavour, and the tiles that a phone keeps.
import { describe, expect, test } from "vitest";
import { LIMITS, tilesAround } from "../field/src/map-tile-plan";
import { boundsAround } from "../src/bounds";
import { creditText, type VectorMap } from "../src/base-map/definition";
import { baseLayers } from "../src/base-map/style";

const LANGUAGES = ["zh-CN", "en"] as const;
const FLAVOURS = ["light", "dark", "print"] as const;

describe("attribution", () => {
  test("is in Chinese on Chinese pages, and as it is elsewhere", () => {
    expect(creditText("© OpenStreetMap contributors", "zh-CN")).toBe("© OpenStreetMap 贡献者");
    expect(creditText("© OpenStreetMap contributors", "en")).toBe("© OpenStreetMap contributors");
    expect(creditText("审图号 GS(2024)0650", "zh-CN")).toBe("审图号 GS(2024)0650");
  });
});

describe("layers of the base map", () => {
  const all = FLAVOURS.flatMap((flavour) => LANGUAGES.map((language) => baseLayers(flavour, language)));

  test("need no icons and no fonts of other hosts", () => {
    for (const layers of all) {
      const text = JSON.stringify(layers);
      expect(text).not.toContain("icon-image");
      expect(text).not.toContain("Noto");
      expect(text).not.toContain("http");
    }
  });

  test("have names that no layer of ours can have", () => {
    for (const layers of all) {
      const ids = layers.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.every((id) => id.startsWith("base-"))).toBe(true);
    }
  });

  test("are the same in each flavour, so that colours can be changed", () => {
    const shape = (flavour: (typeof FLAVOURS)[number]) =>
      baseLayers(flavour, "en").map(({ id, paint }) => [id, Object.keys(paint ?? {})]);
    expect(shape("dark")).toEqual(shape("light"));
    expect(shape("print")).toEqual(shape("light"));
  });

  test("show house numbers from zoom 16 and landmarks by name in the language of the page", () => {
    const numbers = baseLayers("light", "en").find(({ id }) => id === "base-house-numbers")!;
    expect(numbers.minzoom).toBe(16);
    const landmarks = (language: (typeof LANGUAGES)[number]) =>
      JSON.stringify(baseLayers("light", language).find(({ id }) => id === "base-landmarks"));
    expect(landmarks("en")).toContain("name:en");
    expect(landmarks("zh-CN")).toContain("name:zh-Hans");
  });

  test("keep names readable: 4.5 to 1 on their ground, in each flavour", () => {
    for (const flavour of FLAVOURS) {
      const layers = baseLayers(flavour, "en");
      const ground = layers[0]!.paint as Record<string, string>;
      for (const id of ["base-landmarks", "base-roads_labels_major", "base-roads_labels_minor"]) {
        const paint = layers.find((layer) => layer.id === id)!.paint as Record<string, string>;
        const halo = paint["text-halo-color"] ?? ground["background-color"]!;
        expect(contrast(paint["text-color"]!, halo), `${flavour} ${id}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

/** Contrast of two colours `#rrggbb` (WCAG 2.2). */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const parts = [1, 3, 5].map((n) => parseInt(colour.slice(n, n + 2), 16) / 255);
    const [red = 0, green = 0, blue = 0] = parts.map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

describe("tiles that a phone keeps", () => {
  const base: VectorMap = {
    kind: "vector",
    url: "base-map.pmtiles?v=1",
    attribution: [],
    bounds: [120, 30, 121, 31],
    min_zoom: 6,
    max_zoom: 15,
  };
  const grid = boundsAround({
    type: "MultiPolygon",
    coordinates: [
      [
        [
          [120.11, 30.28],
          [120.114, 30.28],
          [120.114, 30.283],
          [120.11, 30.283],
          [120.11, 30.28],
        ],
      ],
    ],
  })!;

  test("are those of a grid and 600 m around it, at each zoom", () => {
    const keys = tilesAround([grid], base);
    expect(keys[0]).toBe("6/53/26");
    expect(new Set(keys.map((key) => Number(key.split("/")[0])))).toEqual(
      new Set([6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
    );
    // A tile of zoom 15 is a kilometre wide here.
    expect(keys.filter((key) => key.startsWith("15/")).length).toBeGreaterThanOrEqual(4);
    expect(keys.length).toBeLessThan(40);
  });

  test("are each named once for grids side by side, and within the map only", () => {
    expect(tilesAround([grid, grid], base)).toEqual(tilesAround([grid], base));
    expect(tilesAround([[10, 10, 11, 11]], base)).toEqual([]);
    expect(tilesAround([], base)).toEqual([]);
  });

  test("are limited, the overview first", () => {
    const keys = tilesAround([[120, 30, 121, 31]], base);
    expect(keys.length).toBe(LIMITS.tiles);
    expect(keys.slice(0, 3).every((key) => /^[67]\//.test(key))).toBe(true);
  });

  test("are none for an area without a border", () => {
    expect(boundsAround(null)).toBeNull();
    expect(boundsAround({ type: "MultiPolygon", coordinates: [] })).toBeNull();
  });
});
