// The reader's own account and own work, and pages that are unknown or refused.
import type { Pairs } from "../../../src/i18n";

export const MY_ACCOUNT = {
  theme: ["外观", "Appearance"],
  theme_device: ["跟随设备", "As the device"],
  theme_light: ["浅色", "Light"],
  theme_dark: ["深色", "Dark"],
  my_account: ["我的账号", "My account"],
  current_password: ["当前密码", "Current password"],
  new_password_again: ["再次输入新密码", "New password again"],
  passwords_differ: ["两次输入的新密码不一致。", "The two new passwords differ."],
  keep_tokens: ["保留程序令牌", "Keep the tokens for programs"],
  password_changed: ["密码已修改，其他会话已结束。", "The password was changed. All other sessions have ended."],

  own_sessions: ["会话", "Sessions"],
  open_sessions: ["当前会话：{n}", "{n:open session|open sessions}"],
  program: ["程序", "Program"],
  signed_in_at: ["登录时间", "Signed in"],
  last_use: ["最近使用", "Last used"],
  act: ["操作", "Action"],
  this_session: ["本机当前会话", "This session"],
  end_session_of: ["退出 {at} 登录的会话", "Sign out of the session of {at}"],
  session_ended: ["会话已结束。", "The session has ended."],

  tokens: ["QGIS 等程序的令牌", "Tokens for QGIS and other programs"],
  tokens_mean: [
    "程序凭令牌以您的身份读取地图数据（/ogc）。令牌的权限不会超过您的账号。",
    "With a token a program reads map data (/ogc) as you do. A token never has more permissions than your account.",
  ],
  no_tokens: ["没有有效的令牌。", "No valid tokens."],
  live_tokens: ["有效令牌：{n}", "{n:valid token|valid tokens}"],
  token_expires: ["有效期至", "Expires"],
  never_used: ["尚未使用", "Not used yet"],
  revoke_token: ["吊销", "Revoke"],
  revoke_token_of: ["吊销令牌：{name}", "Revoke the token: {name}"],
  token_revoked: ["令牌已吊销。", "The token was revoked."],
  new_token: ["新建令牌", "Create a token"],
  token_label: ["用于哪个程序", "Which program it is for"],
  valid_for: ["有效期", "Valid for"],
  n_days: ["{n} 天", "{n:day|days}"],
  token_may_edit: ["可编辑图层", "It may edit map layers"],
  token_may_direct: ["可读取信号", "It may read signals"],
  token_once: ["令牌（只显示这一次）：", "The token (shown only once):"],
  token_in_qgis: [
    "在 QGIS 中新建 WFS / OGC API 连接，地址为 {address}，身份验证选“基本”，用户名任意，密码填此令牌。",
    "In QGIS create a connection to WFS / OGC API at {address}. Choose basic authentication, any user name, and this token as the password.",
  ],

  my_work: ["我的任务", "My work"],
  my_work_order: ["待答复和在办的任务，到期早的在前", "Offers and open work, earliest deadline first"],
  my_work_empty: ["没有待办任务。", "You have no open work."],
  task: ["任务", "Task"],
  work_in_field_app: ["接受、处置和反馈在外勤应用中进行。", "You accept, handle and submit feedback in the field app."],
  to_field_app: ["打开外勤应用", "Open the field app"],

  page_unknown: ["没有这个页面", "Page not found"],
  page_unknown_means: ["地址有误，或页面已不存在。", "The address is wrong, or the page no longer exists."],
  page_refused: ["您的角色不能打开此页", "Your roles do not include this page"],
  page_refused_means: [
    "如果您需要此页，请联系管理员。",
    "If you need this page, ask your administrator for a role that includes it.",
  ],
  figure_not_chosen: ["没有选择统计数字", "No figure was chosen"],
  figure_not_chosen_means: [
    "此页列出一个统计数字所计的内容。请在统计或月度评价页点击数字。",
    "This page lists what a figure counts. Open it by clicking a figure on Figures or Evaluation.",
  ],
} as const satisfies Pairs;
