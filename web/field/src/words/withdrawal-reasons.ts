// Texts for the server's codes of why an offer or a task was withdrawn.
import type { Language } from "../../../src/i18n";

const BECAUSE: Record<string, readonly [string, string]> = {
  shift_ended: ["您已下岗", "Your duty had ended"],
  unavailable: ["您发出了求助", "You had called for help"],
  moved_away: ["您已离开较远", "You had gone further away"],
  eta_slipped: ["预计来不及", "There was no time left to get there"],
  upgraded: ["事情更紧急了", "It became more pressing"],
  taken_by_other: ["他人已先接受", "Somebody else accepted first"],
  conflict_of_interest: ["您说明了利害关系", "You named a conflict of interest"],
  part_returned: ["本单位已退回这部分", "Your unit gave its part back"],
  part_withdrawn: ["本单位的部分已收回", "Your unit's part was taken back"],
  part_waived: ["本单位的部分不再需要", "Your unit's part is not needed any more"],
  part_leads: ["已改由本单位牵头", "Your unit leads the whole case now"],
  part_replaced: ["已改由其他单位承办", "Another unit does it now"],
};

/** An unknown code gets a general text. */
export function withdrawalReason(language: Language, code: string): string {
  return (BECAUSE[code] ?? (["已另行安排", "It was arranged otherwise"] as const))[language === "en" ? 1 : 0];
}
