// Everything the pages say: each subject's words stand in a file of their own and are put together here.
import type { Pairs } from "../../../src/speaking";
import { CASE } from "./case";
import { FIGURES } from "./figures";
import { ACCOUNTS } from "./accounts";
import { AREAS } from "./areas";
import { INTERFACE } from "./interface";
import { MANY } from "./many";
import { MAP } from "./map";
import { ROSTER } from "./roster";
import { VERIFYING } from "./verifying";

export const WORDS = {
  ...CASE,
  ...ACCOUNTS,
  ...AREAS,
  ...INTERFACE,
  ...FIGURES,
  ...MANY,
  ...MAP,
  ...ROSTER,
  ...VERIFYING,
} as const satisfies Pairs;

export type Word = keyof typeof WORDS;
