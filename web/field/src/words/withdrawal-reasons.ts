// Texts for the server's codes of why an offer or a task was withdrawn.
import type { Language } from "../../../src/i18n";

const BECAUSE: Record<string, readonly [string, string]> = {
  shift_ended: ["您已下岗", "Your duty has ended"],
  unavailable: ["您发出了求助", "You called for help"],
  moved_away: ["您已离开较远", "You moved too far away"],
  eta_slipped: ["预计无法按时到达", "You could not arrive in time"],
  upgraded: ["案卷紧急程度提高", "The case became more urgent"],
  taken_by_other: ["他人已先接受", "Another worker accepted first"],
  conflict_of_interest: ["您说明了利害关系", "You declared a conflict of interest"],
  part_returned: ["本单位已退回协办任务", "Your unit returned its joint part"],
  part_withdrawn: ["本单位的协办任务已撤回", "The joint part of your unit was withdrawn"],
  part_waived: ["不再等待本单位的协办任务", "The joint part of your unit is no longer needed"],
  part_leads: ["已改由本单位主办", "Your unit is now the lead unit"],
  part_replaced: ["协办任务已改由其他单位承办", "Another unit handles the joint part now"],
};

/** An unknown code gets a general text. */
export function withdrawalReason(language: Language, code: string): string {
  return (BECAUSE[code] ?? (["已另行安排", "It was arranged otherwise"] as const))[language === "en" ? 1 : 0];
}
