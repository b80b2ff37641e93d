// What each action on a case does, in one line; and the groups of the menu of actions.
import type { Schemas } from "../../../src/api/http";
import type { Pairs } from "../../../src/i18n";

export const ACTION_GROUP: Pairs = {
  of_worker: ["承办人", "Worker"],
  of_units: ["单位", "Units"],
  of_time: ["时限与督促", "Time"],
  of_end: ["结束案卷", "End the case"],
  of_rest: ["其他", "Other"],
};

/** What happened to a case in a part of its time. */
export const DURATION_KIND: Pairs = {
  waiting: ["等待", "Waiting"],
  offered: ["派遣待接受", "Offered"],
  handled: ["处置", "Handling"],
  paused: ["暂停", "Paused"],
  checked: ["核实或核查", "Verification or check"],
};

/** The effect of each action. The server has the same as `MEANINGS`, in English only. */
export const STEP_MEANS: Pairs & Record<Schemas["TransitionAction"], Pairs[string]> = {
  accept: ["接受派遣；先接受者承办。", "Takes the case. The first worker to accept gets it."],
  verify: [
    "提交核实结果；属实即立案。",
    "Submits the result of the verification. If it is as reported, the case is filed.",
  ],
  file: ["不经核实即立案，开始计时并派遣。", "Files the case without a verification. Its deadline begins."],
  assign_verify: ["请此人到现场核实。", "Asks this worker to verify the case."],
  start: ["开始处置已接受的案卷。", "Starts work on an accepted case."],
  stage_done: ["完成一个阶段，下一阶段开始计时。", "Finishes a stage. The next stage begins."],
  feed_back: [
    "提交处置结果，计时停止，另派人核查。",
    "Submits the finished work. The deadline stops and a check follows.",
  ],
  check: [
    "提交核查结果；不通过则返工。",
    "Submits the result of the check. A failed check returns the case as rework.",
  ],
  ask_extension: ["到期前申请更多时间。", "Requests an extension before the case is due."],
  grant_extension: ["到期时间按申请推后。", "The case is due later, as requested."],
  refuse_extension: ["到期时间不变。", "The deadline stays as it is."],
  return: [
    "不归承办方负责时退回，由督导员或所选单位接手。",
    "Takes the case back from its holder, for a supervisor or the chosen unit.",
  ],
  reassign: [
    "派给所选人员，或放入所选单位的队列。",
    "Offers the case to a worker, or puts it into the queue of a unit.",
  ],
  confirm: [
    "立即派给拟派人选；也可改派其他人员。",
    "Offers the case to the proposed worker now. To choose another worker, reassign the case.",
  ],
  redispatch: ["按规则重新派遣。", "The dispatch rules choose a worker again."],
  override: [
    "规则认为不合适的人员也可指派；理由将记入审计。",
    "Assigns a worker whom the rules exclude; the reason is recorded in the audit trail.",
  ],
  pin: ["案卷由此人承办或继续承办，直至其谢绝。", "The worker gets the case next, or keeps it, until they decline."],
  unpin: ["重新由规则选择承办人。", "The dispatch rules choose the worker again."],
  lock: ["规则不再派遣或改派，只能由人操作。", "The rules no longer move the case; people still can."],
  unlock: ["规则可以再次派遣或改派。", "The rules may move the case again."],
  assign_check: ["请此人核查处置结果。", "Asks this worker to check the finished work."],
  assign_second: ["请此人协助承办人。", "Asks this worker to assist the handler."],
  second_done: ["提交协助工作；整体由承办人反馈。", "Submits the second worker's work. The handler submits the whole."],
  accept_part: ["本单位接受协办部分。", "Accepts the joint part of your unit."],
  part_done: ["本单位的协办部分已完成。", "Submits the finished joint part of your unit."],
  part_return: ["退回协办部分，由督导员决定。", "Returns the joint part of your unit. A supervisor decides."],
  add_unit: ["再请一个单位协办。", "Gives another unit a joint part of the case."],
  withdraw_unit: ["不再由此单位协办。", "Continues without the joint part of this unit."],
  waive_parts: ["主办单位可直接反馈。", "The lead unit may submit feedback for the whole case."],
  make_lead: [
    "由此单位主办，原主办单位改为协办。",
    "Makes this unit the lead unit. The former lead gets a joint part.",
  ],
  not_file: ["不处置，以理由结束；上报人可见理由。", "Ends the case without handling. The reporter reads the reason."],
  urge: ["提醒承办人。", "Reminds the worker or unit that has the case."],
  supervise: ["跟踪此案至所定时间。", "Follows the case until a set time."],
  end_supervision: ["不再督办。", "Ends the supervision of the case."],
  put_on_books: [
    "目前无法解决，暂停计时，到期复核。",
    "For a case that cannot be solved now. The clock stops until the review.",
  ],
  take_from_books: ["恢复计时并派遣。", "The clock continues and the case is dispatched."],
  contest: ["上报人对结果提出异议。", "Contests how the case ended, as its reporter."],
  defer: [
    "计时暂停，到期后提请复核；已超期的仍计为超期。",
    "The clock stops until that day, then the case is due for review. What is already overdue stays overdue.",
  ],
  resume: ["继续计时；无承办人时重新派遣。", "The clock continues. A case without a holder is dispatched."],
  force_close: ["不经核查即结案，不可撤销。", "Closes the case without a check. This cannot be undone."],
  note: ["在经过中增加一条备注。", "Adds a note to the history."],
};
