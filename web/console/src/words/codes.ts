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
  fed_back: ["已反馈", "Fed back"],
  checking: ["核查中", "Being checked"],
  closed: ["已结案", "Closed"],
  returned: ["已退回", "Returned"],
  deferred: ["已缓办", "Deferred"],
  on_books: ["挂账", "On the books"],
  rework: ["返工", "Rework"],
  force_closed: ["强制结案", "Closed by order"],
};

export const ATTEMPT: Pairs = {
  open: ["同时征询多人", "Several asked"],
  offered: ["待答复", "Asked"],
  delivered: ["已送达", "On the phone"],
  queued: ["在部门队列", "In a unit's queue"],
  accepted: ["已接受", "Accepted"],
  en_route: ["在途", "On the way"],
  on_scene: ["已到场", "On the spot"],
  done: ["已完成", "Done"],
  withdrawn: ["已收回", "Withdrawn"],
  failed: ["未办成", "Given back"],
  declined: ["已谢绝", "Declined"],
  expired: ["逾时未答复", "Ran out"],
  undelivered: ["未送达", "Not delivered"],
};

export const ROLE: Pairs = {
  handle: ["处置", "Handle"],
  check: ["核查", "Check"],
  verify: ["核实", "Verify"],
  second: ["协助", "Second"],
  joint: ["协办", "Join"],
};

export const SOURCE: Pairs = {
  worker: ["网格员上报", "Worker"],
  public: ["公众举报", "Public"],
  video: ["视频", "Video"],
  leader: ["领导批示", "Leader"],
  import: ["导入", "Import"],
  signal: ["信号", "Signal"],
};

/** Steps of a case: acts of people, and what the system writes. */
export const STEP: Pairs = {
  accept: ["接受", "Accept"],
  verify: ["核实", "Verify"],
  verify_exists: ["核实：属实", "Verified: it is so"],
  verify_not_exist: ["核实：不属实", "Verified: it is not so"],
  verify_unable: ["无法核实", "Could not be verified"],
  file: ["立案", "File"],
  assign_verify: ["指派核实人", "Assign who verifies"],
  start: ["开始处置", "Start"],
  feed_back: ["反馈结果", "Feed back"],
  check: ["核查", "Check"],
  check_pass: ["核查通过", "Check passed"],
  check_fail: ["核查不通过", "Check not passed"],
  check_unable: ["无法核查", "Could not be checked"],
  return: ["退回", "Return"],
  reassign: ["改派", "Assign"],
  redispatch: ["重新派遣", "Dispatch again"],
  override: ["越过规则指派", "Assign against the rules"],
  pin: ["指定承办人", "Pin to a worker"],
  unpin: ["取消指定", "Unpin"],
  lock: ["锁定", "Lock"],
  unlock: ["解除锁定", "Unlock"],
  assign_check: ["指派核查人", "Assign who checks"],
  assign_second: ["指派协助人", "Assign a second"],
  accept_part: ["接受协办", "Accept the part"],
  part_done: ["协办完成", "Part done"],
  second_done: ["协助人反馈", "The second handed in"],
  part_return: ["退回协办", "Return the part"],
  stage_done: ["环节完成", "Stage finished"],
  confirm: ["确认建议人选", "Confirm who is proposed"],
  add_unit: ["增加协办部门", "Add a unit"],
  withdraw_unit: ["撤回协办部门", "Withdraw a unit"],
  waive_parts: ["不再等待协办", "Go on without open parts"],
  make_lead: ["变更主办部门", "Make a unit lead"],
  not_file: ["不予立案", "Do not file"],
  ask_extension: ["申请延期", "Ask for more time"],
  grant_extension: ["同意延期", "Give more time"],
  refuse_extension: ["不同意延期", "Give no more time"],
  supervise: ["督办", "Supervise"],
  end_supervision: ["解除督办", "End supervision"],
  put_on_books: ["挂账", "Put on the books"],
  take_from_books: ["销账恢复", "Take from the books"],
  review_due: ["到期复核", "Review is due"],
  supervision_due: ["督办到期", "Supervision is due"],
  contest: ["上报人异议", "Contested by its reporter"],
  urge: ["催办", "Urge"],
  defer: ["缓办", "Defer"],
  resume: ["恢复办理", "Resume"],
  force_close: ["强制结案", "Close by order"],
  note: ["备注", "Note"],
  report: ["上报", "Reported"],
  dispatch: ["派遣", "Dispatched"],
  wait: ["等待处理", "Waits"],
  give_up: ["无人承办", "Nobody found"],
  withdraw: ["收回派遣", "Withdrawn"],
  decline: ["谢绝", "Declined"],
  expire: ["逾时未答复", "Offer ran out"],
  en_route: ["出发", "Set out"],
  on_scene: ["到场", "On the spot"],
  fail: ["交回", "Given back"],
  move_on: ["按规则改派", "Moved on by rule"],
  fix_on_spot: ["当场处置", "Put right on the spot"],
  send_to_check: ["送核查", "Sent to be checked"],
  send_to_verify: ["送核实", "Sent to be verified"],
  send_second: ["派遣协助人", "Second asked"],
  withdraw_part: ["收回协办", "Part withdrawn"],
  close_unsampled: ["未抽中核查，结案", "Closed without a check"],
  close_imported: ["导入结案", "Closed by import"],
  overdue: ["超期", "Overdue"],
  propose: ["提出建议人选", "Proposed"],
  warn: ["到期提醒", "Warned of a limit"],
  escalate: ["超期上报", "Told the level above"],
  recategorise: ["更改类别", "Category changed"],
  relocate: ["更改位置", "Place changed"],
  link_component: ["关联部件", "Component linked"],
  change_owner: ["更改责任单位", "Owner changed"],
  merge: ["并入其他案卷", "Merged"],
  take_in: ["并入他案", "Took another in"],
  unmerge: ["拆出", "Taken out again"],
  give_out: ["拆出他案", "Gave another out"],
  join: ["再次上报", "Reported again"],
  link: ["关联", "Linked"],
  unlink: ["取消关联", "Unlinked"],
  rehome: ["随边界调整", "Moved with its grid"],
  reply: ["回复上报人", "Told those who reported it"],
};

/** What an act does, where its name does not say it. */
export const STEP_MEANS: Pairs = {
  confirm: ["立即派给建议人选；也可改派他人。", "Asks her now; or choose somebody else by assigning."],
  redispatch: ["按规则重新找人。", "The rules look for somebody anew."],
  override: ["规则认为不合适的人也可指派；理由将记录在案。", "Somebody against whom rules speak; the reason is kept."],
  pin: ["下次由此人承办，直至其谢绝。", "She gets it next, or keeps it, until she says no."],
  lock: ["规则不再改派，只有人可以。", "No rule moves it; people may."],
  urge: ["提醒承办人。", "Reminds whoever has it."],
  defer: ["计时暂停，到期后提请复核；已超期的仍计为超期。", "The clock stops until that day, when it is looked at again; what is late already stays late."],
  force_close: ["不经核查即结案，不可撤销。", "Ends it without a check; cannot be undone."],
  waive_parts: ["主办部门可直接反馈。", "The lead may feed back the whole."],
};

export const RESULT: Pairs = {
  exists: ["属实", "It is so"],
  not_exist: ["不属实", "It is not so"],
  unable: ["无法判断", "Cannot tell"],
  pass: ["通过", "Passed"],
  not_pass: ["不通过", "Not passed"],
};

export const OUTCOME: Pairs = {
  met: ["按期", "In time"],
  overdue: ["超期", "Late"],
  cancelled: ["取消", "Cancelled"],
};

export const STAGE: Pairs = {
  handle: ["处置", "Handling"],
  check: ["核查", "Checking"],
  file: ["立案", "Filing"],
  dispatch: ["派遣", "Dispatching"],
  verify: ["核实", "Verifying"],
  close: ["结案", "Closing"],
  whole: ["全程", "The whole"],
};

export const TIME_UNIT: Pairs = {
  work_hour: ["工作时", "working hours"],
  work_day: ["工作日", "working days"],
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
  directly_in: ["直接在该区域", "directly in an area"],
  no_area: ["无区域", "in no area"],
  joint_unit: ["协办部门", "joining unit"],
  component: ["部件", "component"],
  unowned: ["无责任单位", "without a unit"],
  priority: ["优先级", "priority"],
  waiting_reason: ["等待原因", "reason of waiting"],
  worker: ["人员", "worker"],
  assignment: ["派遣进度", "how far"],
  source: ["来源", "source"],
  mine: ["与我有关", "concerning me"],
  grid: ["网格", "grid"],
};

export const CLASS: Pairs = { component: ["部件", "Components"], event: ["事件", "Events"], unknown: ["未分类", "Of no class"] };

/** Of a case's category; 1 is urgent. */
export const PRIORITY: Pairs = { 1: ["紧急", "Urgent"], 2: ["一般", "Ordinary"], 3: ["不急", "Not pressing"], unknown: ["无类别", "Of no category"] };
