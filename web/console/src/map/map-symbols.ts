// Symbols of cases on the map and in its legend: shape and colour for the stage, and a mark for late cases. Never by colour
// alone.
import type { Pairs } from "../../../src/i18n";
import { colourOf } from "../../../src/theme";
import type { OpenCase } from "./open-cases";

export const STAGES = ["waiting", "asked", "handling", "checking", "standing", "ended"] as const;
export type Stage = (typeof STAGES)[number];

export const STAGE_NAMES: Pairs = {
  waiting: ["待督导员处理", "Waiting for a supervisor"],
  asked: ["待答复", "Offered, not answered"],
  handling: ["处置中", "Being handled"],
  checking: ["待核实、核查", "To be verified or checked"],
  standing: ["计时停止（缓办、挂账）", "Clock stopped"],
  ended: ["已结束", "Ended"],
};

const OF_STATUS: Record<string, Stage> = {
  collected: "asked",
  filed: "asked",
  dispatched: "asked",
  returned: "asked",
  rework: "asked",
  accepted: "handling",
  handling: "handling",
  verifying: "checking",
  fed_back: "checking",
  checking: "checking",
  deferred: "standing",
  on_books: "standing",
  closed: "ended",
  not_filed: "ended",
  force_closed: "ended",
};

/** Return the statuses of a stage, as the filter of the list has them: `waiting` can be in each open one but on the books. */
export function statusesOf(stage: Stage): string[] {
  return Object.entries(OF_STATUS)
    .filter(([status, each]) => (stage === "waiting" ? each !== "ended" && status !== "on_books" : each === stage))
    .map(([status]) => status);
}

export function stageOf(incident: Pick<OpenCase, "status" | "waiting_reason">): Stage {
  return incident.waiting_reason && incident.status !== "on_books"
    ? "waiting"
    : (OF_STATUS[incident.status] ?? "asked");
}

/** A token of tokens.css. */
type Token = `--${string}`;

/** Paths in a box of 24 by 24. */
const SHAPES: Record<Stage, { path: string; colour: Token }> = {
  waiting: { path: "M12 1.5 22.5 12 12 22.5 1.5 12Z", colour: "--stage-waiting" }, // a diamond
  asked: { path: "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18Z", colour: "--stage-asked" }, // a disc
  handling: { path: "M4 4H20V20H4Z", colour: "--stage-handling" }, // a square
  checking: { path: "M12 2 22.5 21H1.5Z", colour: "--stage-checking" }, // a triangle
  standing: { path: "M8 2.5H16L21.5 8V16L16 21.5H8L2.5 16V8Z", colour: "--stage-standing" }, // an octagon
  ended: { path: "M12 7a5 5 0 1 1 0 10a5 5 0 1 1 0-10Z", colour: "--edge" }, // a small disc
};

const LATE_COLOUR: Token = "--bad";

/** An exclamation mark in the middle of the shape. */
const LATE_MARK = "M10.7 7H13.3L12.9 14H11.1ZM12 15.2a1.4 1.4 0 1 1 0 2.8a1.4 1.4 0 1 1 0-2.8Z";

export type MapSymbol = { path: string; colour: Token; mark: string | null };

export function symbolFor(stage: Stage, isLate: boolean): MapSymbol {
  return {
    path: SHAPES[stage].path,
    colour: isLate ? LATE_COLOUR : SHAPES[stage].colour,
    mark: isLate ? LATE_MARK : null,
  };
}

export const symbolName = (stage: Stage, isLate: boolean): string => `${stage}${isLate ? "-late" : ""}`;

/** Return the pixels of a symbol at double resolution, in the colours of the theme that is shown; late ones are larger. */
export function rasterize(symbol: MapSymbol): ImageData {
  const side = symbol.mark ? 48 : 38;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d")!;
  pen.scale(side / 24, side / 24);
  pen.lineJoin = "round";
  pen.lineWidth = 2.2;
  pen.strokeStyle = colourOf("--map-halo");
  pen.fillStyle = colourOf(symbol.colour);
  const shape = new Path2D(symbol.path);
  pen.fill(shape);
  pen.stroke(shape);
  if (symbol.mark) {
    pen.fillStyle = colourOf("--on-main");
    pen.fill(new Path2D(symbol.mark));
  }
  return pen.getImageData(0, 0, side, side);
}

/** A worker on duty: head and shoulders. */
export const WORKER_SYMBOL: MapSymbol = {
  path: "M12 2.5a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 1 1 0-9.6ZM2.5 22c0-6 4-8.6 9.5-8.6s9.5 2.6 9.5 8.6Z",
  colour: "--map-text",
  mark: null,
};

/** Candidates for the chosen case: those who are not eligible are grey, and have a cross. */
export const CANDIDATE_SYMBOLS: Record<"eligible" | "not", MapSymbol> = {
  eligible: { ...WORKER_SYMBOL, colour: "--stage-handling" },
  not: {
    ...WORKER_SYMBOL,
    colour: "--edge",
    mark: "M8.2 16.2 9.6 14.8 12 17.2 14.4 14.8 15.8 16.2 13.4 18.6 15.8 21 14.4 22 12 19.9 9.6 22 8.2 21 10.6 18.6Z",
  },
};

/** A call for help: larger than everything else, with a thick edge. */
export const CALL_SYMBOL: MapSymbol = {
  path: "M12 1.2 22.8 7.4V16.6L12 22.8 1.2 16.6V7.4Z", // a hexagon
  colour: LATE_COLOUR,
  mark: LATE_MARK,
};
