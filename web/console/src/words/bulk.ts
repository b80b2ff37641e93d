// Actions on many cases at once.
import type { Pairs } from "../../../src/i18n";

export const BULK = {
  choose_case: ["选择 {no}", "Select {no}"],
  choose_page: ["选择本页全部", "Select all on this page"],
  choose_all: ["选择符合条件的全部（至多 {n} 件）", "Select all that match (up to {n})"],
  choose_none: ["取消选择", "Clear the selection"],
  chosen_n: ["已选 {n} 件", "Selected: {n}"],
  at_once_most: ["一次最多 {n} 件。", "At most {n} at a time."],
  more_than: ["符合条件的超过 {n} 件，只选了前 {n} 件。", "More than {n} cases match; the first {n} are selected."],
  act_on_many: ["批量处理", "Bulk action"],
  act_on_n: ["对 {n} 件执行", "Apply to {n}"],
  act_of: ["操作", "Action"],
  into_no: ["并入案卷编号", "Number of the case to merge into"],
  results: ["逐件结果", "Result for each case"],
  many_done: ["{n} 件已完成，{m} 件未完成。", "Done: {n}. Not done: {m}."],
  each_done: ["已完成", "Done"],
  each_before: ["此前已完成", "Done before"],
  each_not: ["未完成", "Not done"],
  retry_failed: ["只重试未完成的 {n} 件", "Try again the {n} not done"],
} as const satisfies Pairs;
