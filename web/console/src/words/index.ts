// Everything the pages say: each subject's words stand in a file of their own and are put together here.
import type { Pairs } from "../../../src/i18n";
import { ACCOUNTS } from "./accounts";
import { APP_STATE } from "./app-state";
import { AREAS } from "./areas";
import { AUDIT } from "./audit";
import { BULK } from "./bulk";
import { CASE } from "./case";
import { DECISIONS } from "./decisions";
import { EMERGENCY } from "./emergency";
import { EXCHANGE } from "./exchange";
import { FIGURES } from "./figures";
import { HOUSEHOLDS } from "./households";
import { INTERFACE } from "./interface";
import { MACHINES } from "./machines";
import { MAP } from "./map";
import { MESSAGES } from "./messages";
import { MY_ACCOUNT } from "./my-account";
import { NOTICES } from "./notices";
import { PLACES } from "./places";
import { PUBLICATION } from "./publication";
import { RESIDENTS } from "./residents";
import { ROSTER } from "./roster";
import { RULES } from "./rules";
import { SIGNALS } from "./signals";
import { VERIFICATION } from "./verification";

export const WORDS = {
  ...AUDIT,
  ...CASE,
  ...ACCOUNTS,
  ...AREAS,
  ...DECISIONS,
  ...EMERGENCY,
  ...EXCHANGE,
  ...HOUSEHOLDS,
  ...INTERFACE,
  ...FIGURES,
  ...BULK,
  ...MACHINES,
  ...MAP,
  ...MESSAGES,
  ...MY_ACCOUNT,
  ...NOTICES,
  ...PLACES,
  ...PUBLICATION,
  ...RESIDENTS,
  ...ROSTER,
  ...RULES,
  ...SIGNALS,
  ...APP_STATE,
  ...VERIFICATION,
} as const satisfies Pairs;

export type TextKey = keyof typeof WORDS;
