// Everything the pages say: each subject's words stand in a file of their own and are put together here.
import type { Pairs } from "../../../src/speaking";
import { AUDIT } from "./audit";
import { CASE } from "./case";
import { FIGURES } from "./figures";
import { ACCOUNTS } from "./accounts";
import { AREAS } from "./areas";
import { DECISIONS } from "./decisions";
import { EXCHANGE } from "./exchange";
import { INTERFACE } from "./interface";
import { MANY } from "./many";
import { MAP } from "./map";
import { ROSTER } from "./roster";
import { SIGNALS } from "./signals";
import { STANDING } from "./standing";
import { VERIFYING } from "./verifying";

export const WORDS = {
  ...AUDIT,
  ...CASE,
  ...ACCOUNTS,
  ...AREAS,
  ...DECISIONS,
  ...EXCHANGE,
  ...INTERFACE,
  ...FIGURES,
  ...MANY,
  ...MAP,
  ...ROSTER,
  ...SIGNALS,
  ...STANDING,
  ...VERIFYING,
} as const satisfies Pairs;

export type Word = keyof typeof WORDS;
