// The page of a case: what is on it beside the facts, and codes that stand only there.
import type { Pairs } from "../../../src/i18n";

export const CASE = {
  place_of_step: ["现场位置", "Place of the step"],
  done_at: ["坐标 {place}（精度 {n} 米）", "at {place} (accuracy {n} m)"],
  told_later: ["时间按手机时钟，{n} 分钟后才送达", "Time of the phone's clock; received {n} min later"],
  at_the_place: ["在现场（距 {n} 米）", "At the place ({n} m away)"],
  how_far_off: ["距现场 {n} 米", "{n} m from the place"],
  explained_by: ["说明：{words}", "Explanation: {words}"],
  moved_from_to: ["{from} → {to}", "{from} → {to}"],
  asked_more: ["申请 {n} {unit}", "Requested: {n} {unit}"],
  given_more: ["延长 {n}，到期由 {from} 改为 {to}", "Extended by {n}: due {to} instead of {from}"],
  with_media: ["附照片 {n} 张", "Photos attached: {n}"],
  because_of: ["原因：{words}", "Reason: {words}"],
  to_whom: ["对象：{name}", "To: {name}"],
  other_case: ["案卷 {no}", "Case {no}"],
  until_then: ["至 {at}", "until {at}"],
  newest_first: ["新的在前", "Newest first"],
  oldest_first: ["旧的在前", "Oldest first"],

  recordings: ["录音", "Voice notes"],
  play: ["播放录音", "Play the recording"],
  no_sound: ["此浏览器无法播放这段录音。", "This browser cannot play the recording."],
  before_after: ["处置前后", "Before and after"],
  photo_n_of: ["第 {n} 张，共 {m} 张", "{n} of {m}"],
  photo_before: ["上一张", "Previous photo"],
  photo_after: ["下一张", "Next photo"],
  refused_file: ["文件未被接受", "The file was not accepted"],

  alike: ["可能重复的案卷", "Possible duplicates"],
  none_alike: ["附近没有相似的案卷。", "No similar case nearby."],
  alike_rules: [
    "{radius} 米、{days} 天以内；相似度至少 {least}。",
    "Within {radius} m and {days} days; score of at least {least}.",
  ],
  score: ["相似度", "Score"],
  by_distance: ["距离", "Distance"],
  by_category: ["类别", "Category"],
  by_time: ["时间", "Time"],
  by_text: ["文字", "Text"],
  says_nothing: ["无", "None"],
  merge_into: ["并入该案", "Merge into this case"],
  merge_into_no: ["将本案并入 {no}", "Merge this case into {no}"],
  link_with: ["关联", "Link"],
  link_with_no: ["与 {no} 关联", "Link with {no}"],
  unlink_from: ["取消关联", "Remove the link"],
  unlink_from_no: ["取消与 {no} 的关联", "Remove the link with {no}"],
  take_out: ["拆出", "Take out of the merge"],
  take_out_no: ["将 {no} 拆出", "Take {no} out of the merge"],
  take_me_out: ["将本案拆出，单独办理", "Take this case out of the merge"],
  link_by_no: ["按编号关联", "Link by number"],
  no_such_case: ["没有编号为 {no} 的案卷，或您看不到它。", "There is no case {no}, or you are not allowed to see it."],
  report_again: ["补充一次上报", "Add a report"],
  report_again_means: [
    "有人再次上报此事时使用；您将得知该案卷的进展。",
    "For another report of the same case. You will be notified of its progress.",
  ],
  words_said: ["上报内容", "Content of the report"],

  why_over: ["结束原因", "Reason for the end"],
  first_due: ["原到期 {at}", "Originally due {at}"],
  extended_by: ["已延期 {n}", "Extended by {n}"],
  warned_at: ["{at} 已提醒", "Warned {at}"],
  told_level: ["已逐级上报至{level}", "Escalated to the {level}"],
  ends_at_step: ["止于：{step}", "ends with: {step}"],
  standing: ["未了事项", "Open items"],
  more_time: ["申请延期", "Extension requested"],
  more_time_of: ["{at} 申请延期 {n}", "Extension of {n} requested {at}"],
  contested_times: ["上报人异议 {n} 次", "Contested by the reporter: {n}"],
  rework_times: ["返工 {n} 次", "Rework: {n}"],
  returned_times: ["退回 {n} 次", "Returns: {n}"],
  urged_times: ["催办 {n} 次", "Urged: {n}"],
  extended_times: ["延期 {n} 次", "Extensions: {n}"],
  supervised_since: ["{level}督办，自 {at} 起", "Under supervision ({level}) since {at}"],
  review_on: ["{at} 复核", "Review on {at}"],
  pinned_to: ["指定承办人：{name}", "Pinned to {name}"],
  locked_since: ["自 {at} 起锁定", "Locked since {at}"],
  waits_since: ["自 {at} 起等待督导员处理", "Waiting for a supervisor since {at}"],
  second_of: ["协助人", "Second worker"],

  correct: ["更正", "Correct"],
  correct_means: [
    "更正类别、位置、部件或责任单位；网格、责任单位和时限随之重算。",
    "Correct the category, place, component or owning unit. The grid, owning unit and deadlines are computed again.",
  ],
  lon: ["经度", "Longitude"],
  lat: ["纬度", "Latitude"],
  nothing_changed: ["没有更改。", "No changes."],
  reason_code: ["原因", "Reason"],
  told_to: ["涉及的人", "Persons concerned"],
} as const satisfies Pairs;

/** What speaks against somebody having been at the place. */
export const DOUBT: Pairs = {
  no_fix: ["没有定位", "no position"],
  away: ["不在现场", "not at the place"],
  mock: ["疑似模拟定位", "possibly a mock position"],
  stale: ["定位已过时", "outdated position"],
};

/** Why a case may end so, where a profile has no list of its own. */
export const ENDS: Record<string, Pairs> = {
  not_file: {
    not_found: ["现场未发现", "Not found at the place"],
    out_of_scope: ["不属于本平台受理范围", "Outside the scope of this platform"],
    duplicate: ["重复上报", "Duplicate report"],
    insufficient: ["信息不足，无法定位或核实", "Not enough information to locate or verify it"],
    already_solved: ["已自行解决", "Solved already"],
    other: ["其他", "Other"],
  },
  force_close: {
    unsolvable: ["客观条件无法解决", "Cannot be solved"],
    handled_elsewhere: ["已由其他渠道办理", "Handled through another channel"],
    withdrawn: ["上报人撤回", "Withdrawn by the reporter"],
    duplicate: ["重复上报", "Duplicate report"],
    other: ["其他", "Other"],
  },
};

export const LEVEL: Pairs = {
  grid: ["网格", "grid"],
  community: ["社区", "community"],
  street: ["街道", "street"],
  district: ["区", "district"],
};
