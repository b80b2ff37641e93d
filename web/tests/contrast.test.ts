// Contrast of the colours in tokens.css, in both themes and on both kinds of devices: 4.5 for text, 3 for marks
// (WCAG 2.2, 1.4.3 and 1.4.11).
import { describe, expect, test } from "vitest";
import CSS from "../src/tokens.css?raw";

const SHEETS = [
  import.meta.glob<string>(["../console/src/style/*.css"], { query: "?raw", import: "default", eager: true }),
  import.meta.glob<string>(["../field/src/style/*.css"], { query: "?raw", import: "default", eager: true }),
].map((files) => Object.values(files).join("\n"));

/** Return the colours of the blocks of these selectors; later ones win. */
function tokensOf(...selectors: string[]): Map<string, string> {
  return new Map(
    selectors.flatMap((selector) => {
      const body = CSS.split(`${selector} {`)[1]?.split("}")[0];
      if (body === undefined) throw new Error(`no block ${selector}`);
      return [...body.matchAll(/(--[\w-]+): (#[0-9a-f]{3,6});/g)].map((match) => [match[1]!, match[2]!] as const);
    }),
  );
}

function luminance(colour: string): number {
  const digits = colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit).join("") : colour.slice(1);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = parseInt(digits.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

// Text, and the grounds that it stands on.
const TEXT: [string[], string[]][] = [
  [
    ["--ink", "--quiet", "--link", "--bad", "--good", "--warn", "--main"],
    ["--paper", "--ground"],
  ],
  [["--ink", "--quiet", "--link", "--bad", "--good"], ["--good-ground"]],
  [["--ink", "--link", "--bad"], ["--warn-ground"]],
  [
    ["--ink", "--quiet"],
    ["--pressed", "--map-ground"],
  ],
  [["--on-main"], ["--main", "--bad", "--ink"]],
  [["--on-header", "--live", "--header-focus"], ["--header"]],
  [["--on-caution"], ["--caution"]],
  [["--on-alarm"], ["--alarm", "--alarm-taken"]],
  [["--map-text"], ["--map-land", "--map-halo"]],
  [["--stage-checking"], ["--paper"]],
];
const MARKS: [string[], string[]][] = [
  [
    [
      "--edge",
      "--focus",
      "--chart",
      "--time-waiting",
      "--time-offered",
      "--time-handled",
      "--time-paused",
      "--time-checked",
    ],
    ["--paper"],
  ],
  [["--edge", "--focus"], ["--ground"]],
  [
    [
      ...[
        "--map-grid",
        "--map-community",
        "--map-street",
        "--map-district",
        "--map-unit",
        "--map-warning",
        "--map-own",
      ],
      ...["--stage-waiting", "--stage-asked", "--stage-handling", "--stage-checking", "--stage-standing"],
      ...["--bad", "--main", "--link"],
    ],
    ["--map-land"],
  ],
  [["--stage-waiting", "--stage-asked", "--stage-handling", "--stage-standing"], ["--paper"]],
];

describe.each([
  ["console, light", [":root"]],
  ["console, dark", [":root", ':root[data-theme="dark"]']],
  ["field app, light", [":root", ':root[data-device="phone"]']],
  [
    "field app, dark",
    [
      ":root",
      ':root[data-device="phone"]',
      ':root[data-theme="dark"]',
      ':root[data-theme="dark"][data-device="phone"]',
    ],
  ],
])("%s", (_, selectors) => {
  const tokens = tokensOf(...selectors);

  test.each([
    ["text", TEXT, 4.5],
    ["marks", MARKS, 3],
  ] as const)("has enough contrast for %s", (_, pairs, least) => {
    const faint = pairs.flatMap(([fronts, grounds]) =>
      fronts.flatMap((front) =>
        grounds
          .map((ground) => ({ front, ground, ratio: contrast(tokens.get(front)!, tokens.get(ground)!) }))
          .filter(({ ratio }) => !(ratio >= least)),
      ),
    );
    expect(faint).toEqual([]);
  });
});

test("the dark theme has each colour that the light one has, but those that are alike in both", () => {
  const ALIKE = /^--(black-box|on-black-box|header|on-header|live|caution|on-caution|alarm|on-alarm|map-corner)/;
  const dark = tokensOf(':root[data-theme="dark"]');
  expect([...tokensOf(":root").keys()].filter((token) => !ALIKE.test(token) && !dark.has(token))).toEqual([]);
});

test("style sheets name colours by tokens only", () => {
  for (const sheet of SHEETS) {
    expect(sheet).toContain("var(--paper)");
    // Paper is white in both themes.
    const named = sheet.replace(/\.sheet \{[^}]*\}/, "").match(/#[0-9a-f]{3,8}\b|\brgba?\(/g) ?? [];
    expect(named).toEqual([]);
  }
});
