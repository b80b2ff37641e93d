// What waits for the reader to decide.
import type { Pairs } from "../../../src/i18n";

export const DECISIONS = {
  decisions: ["待我处理", "Decisions"],
  nothing_waits: ["没有等待处理的事项。", "Nothing is waiting for a decision."],
  waiting_cases: [
    "共有 {n} 件案卷等待督导员处理，如退回后改派",
    "{n:case waits|cases wait} for a supervisor, such as returned cases to reassign",
  ],
  calls_for_help: ["求助", "Calls for help"],
  raised_at: ["{at} 发出", "Raised {at}"],
  late_call: ["迟到 {span}", "received {span} late"],
  told_to_n: ["已通知 {names}", "Notified: {names}"],
  acknowledged_by: ["{name} 于 {at} 响应", "Acknowledged by {name} at {at}"],
  take_care: ["我来响应", "Acknowledge"],
  close_call: ["结束求助", "Close the call"],
  how_it_came_out: ["结果", "Outcome"],
  place_gone: ["位置已删除", "The place was erased"],
  call_no_place: ["没有位置", "No place was sent"],
  accuracy: ["精度 {n} 米", "accuracy {n} m"],
  extensions: ["延期申请", "Extension requests"],
  contested_cases: ["上报人异议", "Contested by the reporter"],
  proposals: ["待确认的拟派人选", "Proposed workers to confirm"],
  to_verify: ["待核实或立案", "To be verified or filed"],
  figures_contested: ["人员对本人统计数据的异议", "Figures contested by workers"],
  contests_figure: ["{name} 对“{figure}”有异议", "{name} contests “{figure}”"],
  contests_one: ["仅其中一项", "one counted item only"],
  uphold: ["成立，不再计入", "Uphold: no longer counted"],
  dismiss: ["不成立", "Dismiss"],
  exports_waiting: ["待批准的导出", "Exports waiting for approval"],
  more_of_these: ["查看全部", "See all"],
} as const satisfies Pairs;

export const OUTCOME_OF_CALL: Pairs = {
  helped: ["已得到帮助", "Help was given"],
  services_called: ["已报警或呼叫急救", "Police or rescue services were called"],
  false_alarm: ["误触", "False alarm"],
  other: ["其他", "Other"],
};

export const CONTESTED_FIGURE: Pairs = {
  load: ["承办", "Accepted"],
  declined: ["谢绝", "Declined"],
  expired: ["逾时未答复", "Expired"],
};
