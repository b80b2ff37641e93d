// Everything the app says, in Chinese and English.
export type Language = "zh-CN" | "en";
export type Name = { zh?: string; en?: string };

const WORDS = {
  app: ["网格巡办", "Field app"],
  username: ["用户名", "User name"],
  password: ["密码", "Password"],
  sign_in: ["登录", "Sign in"],
  sign_out: ["退出登录", "Sign out"],
  sign_out_lose: ["仍有未发送的内容，退出将会丢失。仍要退出？", "Work is still unsent and would be lost. Sign out all the same?"],
  others_unsent: ["本机仍有 {who} 未发送的内容。请其本人先登录发送；继续登录将丢弃。", "This phone has unsent work of {who}, who should sign in and send it. Going on discards it."],
  go_on_discard: ["丢弃并继续", "Discard and go on"],
  no_network: ["没有网络", "No network"],
  later: ["服务器繁忙，稍后重试", "Server busy, trying again"],
  refused: ["服务器拒绝了请求", "The server refused"],
  syncing: ["同步中", "Syncing"],
  synced: ["已同步 {at}", "Synced {at}"],
  never_synced: ["尚未同步", "Not synced yet"],
  waiting_n: ["待发 {n}", "{n} waiting"],
  failed_n: ["未成功 {n}", "{n} failed"],
  tasks: ["任务", "Tasks"],
  report: ["上报", "Report"],
  outbox: ["待发", "Outbox"],
  me: ["我的", "Me"],
  offers: ["新任务", "Offers"],
  no_offers: ["暂无新任务", "No offers now"],
  my_work: ["我的任务", "My work"],
  no_work: ["手上没有任务", "Nothing in hand"],
  taken_away: ["已转给他人", "Gone to somebody else"],
  accept: ["接受", "Accept"],
  decline: ["谢绝", "Decline"],
  decline_reason: ["谢绝原因", "Why you decline"],
  conflict: ["与本人有利害关系（不计入谢绝）", "Conflict of interest (counts for nothing)"],
  why_me: ["为什么是我", "Why me"],
  why_later: ["有网络时可查看原因", "The reason comes with a network"],
  considered: ["共比较 {n} 人", "{n} others considered"],
  answer_by: ["请在 {at} 前答复", "Answer by {at}"],
  due: ["{at} 前办结", "Due {at}"],
  overdue: ["已超时（{at}）", "Overdue ({at})"],
  sending: ["发送中", "Being sent"],
  check_task: ["核查", "Check"],
  second_task: ["协助", "Second"],
  handle_task: ["处置", "Handle"],
  step_offered: ["待答复", "Asked"],
  step_accepted: ["已接受", "Accepted"],
  step_en_route: ["在途", "On the way"],
  step_on_scene: ["已到场", "On scene"],
  step_handling: ["处置中", "Handling"],
  step_fed_back: ["已反馈", "Fed back"],
  step_declined: ["已谢绝", "Declined"],
  step_given_back: ["已退回", "Given back"],
  do_en_route: ["出发", "Set out"],
  do_on_scene: ["已到场", "I am there"],
  do_start: ["开始处置", "Start"],
  do_feed_back: ["反馈结果", "Feed back"],
  what_done: ["办了什么", "What was done"],
  do_give_back: ["办不了，退回", "Cannot do it"],
  give_back_why: ["原因", "Why"],
  could_not_get_there: ["到不了现场", "Could not get there"],
  not_mine_to_do: ["不属于我的职责", "Not mine to do"],
  check_pass: ["合格", "It is done"],
  check_not_pass: ["不合格", "It is not done"],
  check_unable: ["无法核查", "Cannot tell"],
  notes: ["备注", "Notes"],
  check_words: ["核查意见", "What you found"],
  add_note: ["添加备注", "Add a note"],
  add: ["添加", "Add"],
  back: ["返回", "Back"],
  cancel: ["取消", "Cancel"],
  send: ["提交", "Send"],
  place: ["位置", "Place"],
  what: ["类别", "What is it"],
  search_category: ["搜索类别（名称或编码）", "Search by name or code"],
  unclassified: ["暂不分类", "Not classified"],
  change: ["更换", "Change"],
  description: ["情况描述", "Describe it"],
  on_the_spot: ["已当场处置", "Put right on the spot"],
  locate: ["取我的位置", "Use my place"],
  locating: ["定位中…", "Locating…"],
  accuracy: ["精度 ±{n} 米", "±{n} m"],
  locate_failed: ["取不到位置：可选网格中心或填写坐标", "No place from the phone: take a grid's middle or type it"],
  grid_middle: ["用网格中心", "Grid's middle"],
  corrected: ["手动修正", "Corrected by hand"],
  lon: ["经度", "Longitude"],
  lat: ["纬度", "Latitude"],
  need_place: ["请先确定位置", "Set the place first"],
  need_words: ["请填写内容", "Say something first"],
  report_kept: ["已保存，联网后自动发送", "Kept; it goes out by itself"],
  reported: ["我上报的", "Reported by me"],
  nothing_reported: ["还没有上报", "Nothing yet"],
  nothing_waiting: ["没有待发内容", "Nothing waits"],
  nothing_failed: ["没有失败内容", "Nothing failed"],
  failed: ["未成功", "Did not take effect"],
  seen: ["知道了", "Seen"],
  mine: ["我填写的", "Mine"],
  theirs: ["现在的", "There now"],
  base: ["原来的", "Before"],
  put_mine: ["改用我的", "Use mine"],
  leave_theirs: ["保留现在的", "Leave theirs"],
  try_again: ["重试", "Try again"],
  send_now: ["立即同步", "Sync now"],
  on_duty: ["在岗", "On duty"],
  off_duty: ["离岗", "Off duty"],
  start_duty: ["上岗", "Go on duty"],
  end_duty: ["下岗", "Go off duty"],
  not_tracked: ["不上传位置", "Place not sent"],
  tracked: ["正在上传位置", "Place is sent"],
  tracking_explained: [
    "本应用不会在后台上传您的位置；只有在您上报、反馈或求助时才附带当时的位置。",
    "This app sends no positions by itself: only the place that goes with a report, feedback or a call for help.",
  ],
  sos: ["紧急求助", "Call for help"],
  sos_sure: ["确定发出求助？主管会立即得知您的位置。", "Call for help? Supervisors are told where you are at once."],
  sos_send: ["立即求助", "Call now"],
  sos_raised: ["求助已发出", "Call is out"],
  sos_waiting: ["求助待发送", "Call waits for a network"],
  sos_acknowledged: ["已有人响应", "Somebody has answered"],
  figures: ["我的数据（近七天）", "My figures (seven days)"],
  figure_load: ["承办", "Taken on"],
  figure_declined: ["谢绝", "Declined"],
  figure_expired: ["未答复", "Not answered"],
  street_mean: ["街道平均 {n}", "street mean {n}"],
  figures_later: ["有网络时可查看", "Shown with a network"],
  language: ["语言", "Language"],
  update: ["有新版本", "New version"],
  update_now: ["更新", "Update"],
  photo: ["照片", "Photo"],
  photo_near: ["现场照片", "Photo of it"],
  photo_before: ["处置前", "Before"],
  photo_after: ["处置后", "After"],
  photo_take: ["拍照：{what}", "Take a photo: {what}"],
  on_map: ["在地图上看", "On the map"],
  move_on_map: ["在地图上修正", "Correct on the map"],
  map_later: ["地图需要网络", "The map takes a network"],
  unsent: ["待发送", "Unsent"],
  nobody_here: ["此功能仅供网格员", "For grid workers only"],
} as const satisfies Record<string, readonly [string, string]>;

export type Word = keyof typeof WORDS;

export function say(language: Language, word: Word, values: Record<string, string | number> = {}): string {
  const text: string = WORDS[word][language === "en" ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export function named(language: Language, name: Name | undefined): string {
  return (language === "en" ? name?.en || name?.zh : name?.zh || name?.en) ?? "";
}

/** The hour today, else the day and the hour. */
export function shortTime(language: Language, at: string | number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { month: "numeric", day: "numeric" };
  return date.toLocaleString(language, { ...day, hour: "2-digit", minute: "2-digit", hour12: false });
}

const STATUS: Record<string, readonly [string, string]> = {
  unsent: ["待发送", "unsent"],
  collected: ["已采集", "collected"],
  filed: ["已立案", "filed"],
  not_filed: ["不予立案", "not filed"],
  dispatched: ["已派遣", "dispatched"],
  accepted: ["已接受", "accepted"],
  handling: ["处置中", "being handled"],
  fed_back: ["已反馈", "fed back"],
  verifying: ["核实中", "being verified"],
  on_books: ["挂账", "on the books"],
  checking: ["核查中", "being checked"],
  closed: ["已结案", "closed"],
  returned: ["已退回", "returned"],
  deferred: ["已缓办", "deferred"],
  rework: ["返工", "rework"],
  force_closed: ["强制结案", "closed by order"],
};

export function status(language: Language, code: string): string {
  return STATUS[code]?.[language === "en" ? 1 : 0] ?? code;
}

const OPERATIONS: Record<string, readonly [string, string]> = {
  "incident report": ["上报", "Report"],
  "incident transition": ["办理", "Step"],
  "incident note": ["备注", "Note"],
  "assignment accept": ["接受任务", "Accept"],
  "assignment decline": ["谢绝任务", "Decline"],
  "assignment transition": ["任务进度", "Progress"],
  "duty start": ["上岗", "Go on duty"],
  "duty end": ["下岗", "Go off duty"],
  "sos raise": ["紧急求助", "Call for help"],
};

export function operation(language: Language, entity: string, op: string): string {
  return OPERATIONS[`${entity} ${op}`]?.[language === "en" ? 1 : 0] ?? `${entity} ${op}`;
}
