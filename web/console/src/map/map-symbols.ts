// Symbols of cases on the map and in its legend: shape and colour for the stage, and a mark for late cases. Never by colour
// alone.
import type { Pairs } from "../../../src/i18n";
import type { OpenCase } from "./open-cases";

export const STAGES = ["waiting", "asked", "handling", "checking", "standing"] as const;
export type Stage = (typeof STAGES)[number];

export const STAGE_NAMES: Pairs = {
  waiting: ["待督导员处理", "Waits for a supervisor"],
  asked: ["待答复", "Asked, not answered"],
  handling: ["处置中", "Somebody has it"],
  checking: ["待核实、核查", "To be verified or checked"],
  standing: ["停表（缓办、挂账）", "Clock stands still"],
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
};

export function stageOf(incident: OpenCase): Stage {
  return incident.waiting_reason && incident.status !== "on_books"
    ? "waiting"
    : (OF_STATUS[incident.status] ?? "asked");
}

/** Paths in a box of 24 by 24. */
const SHAPES: Record<Stage, { path: string; colour: string }> = {
  waiting: { path: "M12 1.5 22.5 12 12 22.5 1.5 12Z", colour: "#8a4b00" }, // a diamond
  asked: { path: "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18Z", colour: "#0a4f8f" }, // a disc
  handling: { path: "M4 4H20V20H4Z", colour: "#1a5f38" }, // a square
  checking: { path: "M12 2 22.5 21H1.5Z", colour: "#5b3a8c" }, // a triangle
  standing: { path: "M8 2.5H16L21.5 8V16L16 21.5H8L2.5 16V8Z", colour: "#565d63" }, // an octagon
};

const LATE_COLOUR = "#a40e0e";

/** An exclamation mark in the middle of the shape. */
const LATE_MARK = "M10.7 7H13.3L12.9 14H11.1ZM12 15.2a1.4 1.4 0 1 1 0 2.8a1.4 1.4 0 1 1 0-2.8Z";

export type MapSymbol = { path: string; colour: string; mark: string | null };

export function symbolFor(stage: Stage, isLate: boolean): MapSymbol {
  return {
    path: SHAPES[stage].path,
    colour: isLate ? LATE_COLOUR : SHAPES[stage].colour,
    mark: isLate ? LATE_MARK : null,
  };
}

export const symbolName = (stage: Stage, isLate: boolean): string => `${stage}${isLate ? "-late" : ""}`;

/** Return the pixels of a symbol at double resolution; late ones are larger. */
export function rasterize(symbol: MapSymbol): ImageData {
  const side = symbol.mark ? 48 : 38;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d")!;
  pen.scale(side / 24, side / 24);
  pen.lineJoin = "round";
  pen.lineWidth = 2.2;
  pen.strokeStyle = "#ffffff";
  pen.fillStyle = symbol.colour;
  const shape = new Path2D(symbol.path);
  pen.fill(shape);
  pen.stroke(shape);
  if (symbol.mark) {
    pen.fillStyle = "#ffffff";
    pen.fill(new Path2D(symbol.mark));
  }
  return pen.getImageData(0, 0, side, side);
}

/** A worker on duty: head and shoulders. */
export const WORKER_SYMBOL: MapSymbol = {
  path: "M12 2.5a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 1 1 0-9.6ZM2.5 22c0-6 4-8.6 9.5-8.6s9.5 2.6 9.5 8.6Z",
  colour: "#14181b",
  mark: null,
};
