// Actions on many cases at once.
import type { Pairs } from "../../../src/i18n";

export const MANY = {
  choose_case: ["选择 {no}", "Choose {no}"],
  choose_page: ["选择本页全部", "Choose all on this page"],
  choose_all: ["选择符合条件的全部（至多 {n} 件）", "Choose all that match (up to {n})"],
  choose_none: ["取消选择", "Choose none"],
  chosen_n: ["已选 {n} 件", "{n} chosen"],
  at_once_most: ["一次最多 {n} 件。", "{n} at most at once."],
  more_than: ["符合条件的多于 {n} 件，只选了前 {n} 件。", "More than {n} match; the first {n} are chosen."],
  act_on_many: ["批量处理", "Act on those chosen"],
  act_on_n: ["对 {n} 件执行", "Do it on {n}"],
  act_of: ["操作", "Act"],
  into_no: ["并入案卷编号", "Number of the case they end in"],
  results: ["逐件结果", "What became of each"],
  many_done: ["{n} 件已完成，{m} 件未完成。", "{n} done, {m} not done."],
  each_done: ["已完成", "Done"],
  each_before: ["此前已完成", "Done before"],
  each_not: ["未完成", "Not done"],
  retry_failed: ["只重试未完成的 {n} 件", "Try again the {n} that failed"],
} as const satisfies Pairs;
