// Categories of cases, as the profile of the city defines them.
import type { Name } from "../../src/i18n";
import type { Question } from "../../src/questions";
import type { Rule } from "./presence";

export type Category = {
  code: string;
  name: Name;
  class?: Name;
  kind?: string;
  urgent?: boolean;
  on_the_spot?: boolean;
  presence?: Rule;
  /** Asked with a report. */
  questions?: Question[];
  conditions?: { code: string; name: Name; limit?: { unit: string; amount: number } }[];
};
