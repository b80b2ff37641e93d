// Calls for help and urgent cases on every page, and the state of the live updates.
import type { Pairs } from "../../../src/i18n";

export const EMERGENCY = {
  live: ["实时", "Live"],
  connecting: ["正在连接…", "Connecting…"],
  reconnecting: ["服务器无应答，正在重连", "No answer, reconnecting"],
  offline: ["无网络", "Offline"],
  data_as_of: ["数据截至 {at}", "data as of {at}"],

  call_for_help_of: ["{name} 求助", "{name} calls for help"],
  you_take_care: ["您正在响应 {name} 的求助", "You are responding to {name}'s call for help"],
  calls_taken: ["我响应的求助", "Calls for help you are responding to"],
  place_on_map: ["在地图上查看：{place}", "Show on the map: {place}"],
  telephone: ["拨打 {number}", "Call {number}"],
  no_telephone: ["未登记电话", "No telephone number is stored"],
  work_telephone: ["工作电话（求助时显示）", "Work telephone (shown with a call for help)"],
  save_telephone: ["保存电话", "Save the number"],
  sound_on: ["求助提示音：开", "Alarm sound: on"],
  sound_off: ["求助提示音：关", "Alarm sound: off"],
  sound_blocked: [
    "浏览器在您点击本页之前不播放提示音。",
    "The browser plays no sound until you click or type in this page.",
  ],
  one_urgent: ["紧急案卷 {no} 等待处理", "Urgent case {no} is waiting"],
  many_urgent: ["{n} 件紧急案卷等待处理", "{n:urgent case is|urgent cases are} waiting"],
  hide_urgent: ["暂时隐藏", "Hide until the next one"],
  count_calls: ["{n} 个求助", "{n:call for help|calls for help}"],
  count_urgent: ["{n} 件紧急", "{n:urgent case|urgent cases}"],
  call_key: ["求助", "Call for help"],

  notifications: ["桌面通知", "Desktop notifications"],
  notifications_mean: [
    "网页不在最前时，新的求助和等待处理的紧急案卷会弹出桌面通知。通知不含姓名、位置和电话；提示音与顶栏的提示音开关一致。",
    "While this page is not in front, the desktop shows new calls for help and urgent cases that wait. Notifications have no name, place or telephone number. Their sound follows the sound switch in the header.",
  ],
  notify_on: ["本浏览器：已开启", "In this browser: on"],
  notify_off: ["本浏览器：未开启", "In this browser: off"],
  notify_denied: [
    "浏览器已阻止本站的通知。请在地址栏的网站设置中允许。",
    "The browser blocks notifications of this site. Allow them in the site settings beside the address.",
  ],
  notify_unsupported: [
    "此浏览器或连接不支持通知（需要 HTTPS）。",
    "This browser or connection has no notifications (HTTPS is needed).",
  ],
  turn_notify_on: ["开启通知", "Turn on notifications"],
  turn_notify_off: ["关闭通知", "Turn off notifications"],
  notify_call: ["有人求助", "A worker calls for help"],
  notify_urgent: ["有紧急案卷等待处理", "An urgent case is waiting"],
  notify_open: ["打开网格督导台查看", "Open the supervisor console to see it"],
} as const satisfies Pairs;
