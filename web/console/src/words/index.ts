// Everything the pages say: each subject's words stand in a file of their own and are put together here.
import type { Pairs } from "../../../src/speaking";
import { FIGURES } from "./figures";
import { INTERFACE } from "./interface";
import { MAP } from "./map";
import { ROSTER } from "./roster";
import { VERIFYING } from "./verifying";

export const WORDS = {
  ...INTERFACE,
  ...FIGURES,
  ...MAP,
  ...ROSTER,
  ...VERIFYING,
} as const satisfies Pairs;

export type Word = keyof typeof WORDS;
