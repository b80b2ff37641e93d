// What waits for the reader to decide.
import type { Pairs } from "../../../src/i18n";

export const DECISIONS = {
  decisions: ["待我决定", "Decisions"],
  nothing_waits: ["没有等待决定的事项。", "Nothing waits for a decision."],
  calls_for_help: ["求助", "Calls for help"],
  raised_at: ["{at} 发出", "Raised at {at}"],
  late_call: ["迟到 {span}", "came {span} late"],
  told_to_n: ["已通知 {names}", "Told: {names}"],
  acknowledged_by: ["{name} 于 {at} 接手", "{name} takes care of it since {at}"],
  take_care: ["我来处理", "I take care of it"],
  close_call: ["结束求助", "Close the call"],
  how_it_came_out: ["结果", "How it came out"],
  place_gone: ["位置已删除", "The place has been erased"],
  call_no_place: ["没有位置", "No place was sent"],
  accuracy: ["精度 {n} 米", "within {n} m"],
  extensions: ["延期申请", "Requests for more time"],
  contested_cases: ["上报人异议", "Contested by their reporters"],
  proposals: ["待确认的派遣建议", "Assignments that are proposed"],
  to_verify: ["待核实或立案", "To be verified or filed"],
  figures_contested: ["对本人数据的异议", "Figures that workers contest"],
  contests_figure: ["{name} 对“{figure}”有异议", "{name} contests “{figure}”"],
  contests_one: ["仅其中一项", "one thing that it counts"],
  uphold: ["成立，不再计入", "Upheld: it counts no more"],
  dismiss: ["不成立", "Dismissed"],
  exports_waiting: ["待批准的导出", "Exports that need a second person"],
  more_of_these: ["查看全部", "See all"],
  waiting_since: ["等待 {span}", "waits for {span}"],
} as const satisfies Pairs;

export const OUTCOME_OF_CALL: Pairs = {
  helped: ["已得到帮助", "Helped"],
  services_called: ["已报警或呼叫急救", "Services were called"],
  false_alarm: ["误触", "A false alarm"],
  other: ["其他", "Other"],
};

export const CONTESTED_FIGURE: Pairs = {
  load: ["承办", "Taken on"],
  declined: ["谢绝", "Declined"],
  expired: ["逾时未答复", "Ran out"],
};
