// Everything the pages say: each subject's words stand in a file of their own and are put together here.
import type { Pairs } from "../../../src/i18n";
import { ACCOUNTS } from "./accounts";
import { STANDING } from "./app-state";
import { AREAS } from "./areas";
import { AUDIT } from "./audit";
import { MANY } from "./bulk";
import { CASE } from "./case";
import { DECISIONS } from "./decisions";
import { EXCHANGE } from "./exchange";
import { FIGURES } from "./figures";
import { INTERFACE } from "./interface";
import { MAP } from "./map";
import { ROSTER } from "./roster";
import { SIGNALS } from "./signals";
import { VERIFYING } from "./verification";

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

export type TextKey = keyof typeof WORDS;
