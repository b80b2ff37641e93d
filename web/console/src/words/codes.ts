// What codes of the API are called. A code that is not here is shown as it is.
import type { Pairs } from "../../../src/i18n";

export const STATUS: Pairs = {
  collected: ["已采集", "Collected"],
  verifying: ["核实中", "Being verified"],
  filed: ["已立案", "Filed"],
  not_filed: ["不予立案", "Not filed"],
  dispatched: ["已派遣", "Dispatched"],
  accepted: ["已接受", "Accepted"],
  handling: ["处置中", "Being handled"],
  fed_back: ["已反馈", "Feedback submitted"],
  checking: ["核查中", "Being checked"],
  closed: ["已结案", "Closed"],
  returned: ["已退回", "Returned"],
  deferred: ["已缓办", "Deferred"],
  on_books: ["挂账", "On the books"],
  rework: ["返工", "Rework"],
  force_closed: ["强制结案", "Force-closed"],
};

export const ATTEMPT: Pairs = {
  open: ["同时派给多人", "Offered to several workers"],
  offered: ["待答复", "Offered"],
  delivered: ["已送达", "Delivered"],
  queued: ["在单位队列", "In the unit's queue"],
  accepted: ["已接受", "Accepted"],
  en_route: ["在途", "On the way"],
  on_scene: ["已到场", "On scene"],
  done: ["已完成", "Done"],
  withdrawn: ["已撤回", "Withdrawn"],
  failed: ["已交回", "Given back"],
  declined: ["已谢绝", "Declined"],
  expired: ["逾时未答复", "Expired"],
  undelivered: ["未送达", "Not delivered"],
};

export const ROLE: Pairs = {
  handle: ["处置", "Handle"],
  check: ["核查", "Check"],
  verify: ["核实", "Verify"],
  second: ["协助", "Assist"],
  joint: ["协办", "Joint part"],
};

export const SOURCE: Pairs = {
  worker: ["网格员上报", "Grid worker"],
  public: ["公众上报", "Public"],
  video: ["视频", "Video"],
  leader: ["领导批示", "Leader"],
  import: ["导入", "Import"],
  signal: ["信号", "Signal"],
};

/** Steps of a case: acts of people, and what the system writes. */
export const STEP: Pairs = {
  accept: ["接受", "Accept"],
  verify: ["核实", "Verify"],
  verify_exists: ["核实：属实", "Verified: as reported"],
  verify_not_exist: ["核实：不属实", "Verified: not as reported"],
  verify_unable: ["无法核实", "Unable to verify"],
  file: ["立案", "File"],
  assign_verify: ["指派核实人", "Assign a verifier"],
  start: ["开始处置", "Start handling"],
  feed_back: ["反馈", "Submit feedback"],
  check: ["核查", "Check"],
  check_pass: ["核查通过", "Check passed"],
  check_fail: ["核查不通过", "Check failed"],
  check_unable: ["无法核查", "Unable to check"],
  return: ["退回", "Return"],
  reassign: ["改派", "Reassign"],
  redispatch: ["重新派遣", "Dispatch again"],
  override: ["越过规则指派", "Assign against the rules"],
  pin: ["指定承办人", "Pin to a worker"],
  unpin: ["取消指定承办人", "Unpin"],
  lock: ["锁定", "Lock"],
  unlock: ["解除锁定", "Unlock"],
  assign_check: ["指派核查人", "Assign a checker"],
  assign_second: ["指派协助人", "Assign a second worker"],
  accept_part: ["接受协办", "Accept the part"],
  part_done: ["协办完成", "Part done"],
  second_done: ["协助人反馈", "Second worker's feedback"],
  part_return: ["退回协办", "Return the part"],
  stage_done: ["阶段完成", "Stage finished"],
  confirm: ["确认拟派人选", "Confirm the proposed worker"],
  add_unit: ["增加协办单位", "Add a unit"],
  withdraw_unit: ["撤回协办单位", "Withdraw a unit"],
  waive_parts: ["不再等待协办", "Continue without open parts"],
  make_lead: ["变更主办单位", "Change the lead unit"],
  not_file: ["不予立案", "Do not file"],
  ask_extension: ["申请延期", "Request an extension"],
  grant_extension: ["同意延期", "Grant the extension"],
  refuse_extension: ["不同意延期", "Refuse the extension"],
  supervise: ["督办", "Supervise"],
  end_supervision: ["解除督办", "End supervision"],
  put_on_books: ["挂账", "Put on the books"],
  take_from_books: ["销账恢复", "Take off the books"],
  review_due: ["到期复核", "Review due"],
  supervision_due: ["督办到期", "Supervision period ended"],
  contest: ["上报人异议", "Contested by the reporter"],
  urge: ["催办", "Urge"],
  defer: ["缓办", "Defer"],
  resume: ["恢复办理", "Resume"],
  force_close: ["强制结案", "Force close"],
  note: ["备注", "Note"],
  report: ["上报", "Reported"],
  dispatch: ["派遣", "Dispatched"],
  wait: ["等待处理", "Waiting"],
  give_up: ["无人承办", "No worker found"],
  withdraw: ["撤回派遣", "Offer withdrawn"],
  decline: ["谢绝", "Declined"],
  expire: ["逾时未答复", "Offer expired"],
  en_route: ["出发", "Set out"],
  on_scene: ["到场", "Arrived"],
  fail: ["交回", "Given back"],
  move_on: ["按规则改派", "Reassigned by rule"],
  fix_on_spot: ["当场处置", "Handled on the spot"],
  send_to_check: ["送核查", "Sent for a check"],
  send_to_verify: ["送核实", "Sent for verification"],
  send_second: ["派遣协助人", "Second worker dispatched"],
  withdraw_part: ["撤回协办", "Part withdrawn"],
  close_unsampled: ["未抽中核查，结案", "Closed without a check"],
  close_imported: ["导入结案", "Closed by import"],
  overdue: ["超期", "Overdue"],
  propose: ["提出拟派人选", "Worker proposed"],
  warn: ["到期提醒", "Deadline warning"],
  escalate: ["逐级上报", "Escalated"],
  recategorise: ["更改类别", "Category changed"],
  relocate: ["更改位置", "Place changed"],
  link_component: ["关联部件", "Component linked"],
  change_owner: ["更改责任单位", "Owning unit changed"],
  merge: ["并入其他案卷", "Merged into another case"],
  take_in: ["其他案卷并入", "Another case merged in"],
  unmerge: ["从并案中拆出", "Taken out of the merge"],
  give_out: ["其他案卷拆出", "Another case taken out"],
  join: ["再次上报", "Reported again"],
  link: ["关联", "Linked"],
  unlink: ["取消关联", "Link removed"],
  rehome: ["随区划调整", "Moved with its grid"],
  reply: ["回复上报人", "Reply to reporters"],
};

/** What an act does, where its name does not say it. */
export const STEP_MEANS: Pairs = {
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
  lock: ["规则不再派遣或改派，只能由人操作。", "The rules no longer move the case; people still can."],
  urge: ["提醒承办人。", "Reminds the worker or unit that has the case."],
  defer: [
    "计时暂停，到期后提请复核；已超期的仍计为超期。",
    "The clock stops until that day, then the case is due for review. What is already overdue stays overdue.",
  ],
  force_close: ["不经核查即结案，不可撤销。", "Closes the case without a check. This cannot be undone."],
  waive_parts: ["主办单位可直接反馈。", "The lead unit may submit feedback for the whole case."],
};

export const RESULT: Pairs = {
  exists: ["属实", "As reported"],
  not_exist: ["不属实", "Not as reported"],
  unable: ["无法判断", "Inconclusive"],
  pass: ["通过", "Passed"],
  not_pass: ["不通过", "Failed"],
};

export const OUTCOME: Pairs = {
  met: ["按期", "On time"],
  overdue: ["超期", "Overdue"],
  cancelled: ["取消", "Cancelled"],
};

export const STAGE: Pairs = {
  handle: ["处置", "Handling"],
  check: ["核查", "Check"],
  file: ["立案", "Filing"],
  dispatch: ["派遣", "Dispatch"],
  verify: ["核实", "Verification"],
  close: ["结案", "Closing"],
  whole: ["全程", "Whole case"],
};

export const TIME_UNIT: Pairs = {
  work_hour: ["工作时", "work hours"],
  work_day: ["工作日", "work days"],
  urgent_hour: ["小时", "hours"],
  natural_day: ["自然日", "calendar days"],
  minute: ["分钟", "minutes"],
};

export const MEDIA: Pairs = {
  near: ["近景", "Near"],
  far: ["远景", "Far"],
  reference: ["参照", "Reference"],
  before: ["处置前", "Before"],
  after: ["处置后", "After"],
  other: ["其他", "Other"],
  voice: ["录音", "Voice note"],
};

/** Filters of the list that have no field in the form. */
export const FILTER: Pairs = {
  directed: ["我督导的", "directed by me"],
  directly_in_area_id: ["直接在该区域", "directly in an area"],
  no_area: ["无区域", "in no area"],
  joint_unit_id: ["协办单位", "joint unit"],
  component_id: ["部件", "component"],
  unowned: ["无责任单位", "without a unit"],
  priority: ["优先级", "priority"],
  waiting_reason: ["等待原因", "reason for waiting"],
  worker_id: ["外勤人员", "worker"],
  assignment: ["派遣进度", "dispatch progress"],
  source: ["来源", "source"],
  mine: ["与我有关", "concerning me"],
  grid_id: ["网格", "grid"],
};

export const CLASS: Pairs = {
  component: ["部件", "Components"],
  event: ["事件", "Events"],
  unknown: ["未分类", "Unclassified"],
};

/** Of a case's category; 1 is urgent. */
export const PRIORITY: Pairs = {
  1: ["紧急", "Urgent"],
  2: ["一般", "Ordinary"],
  3: ["不急", "Not urgent"],
  unknown: ["无类别", "No category"],
};
