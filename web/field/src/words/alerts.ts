// Alerts on the page Me. Loaded with that page, so these texts are not in WORDS.
import type { Pairs } from "../../../src/i18n";

export const ALERT_TEXTS = {
  title: ["手机提醒", "Alerts"],
  what: [
    "应用未打开时，也能收到派遣单、催办、时限和求助的提醒。离岗时只收求助。",
    "You get offers, urges, deadlines and calls for help while the app is closed. Off duty only calls for help.",
  ],
  vendor: [
    "提醒经浏览器厂商的推送服务送达。厂商会知道是哪台设备、何时收到提醒，但看不到内容。",
    "Alerts go through the push service of the browser's vendor. The vendor learns which device gets an alert and when, but not its content.",
  ],
  on: ["提醒已开启（至退出登录为止）", "Alerts are on, until you sign out"],
  off: ["提醒未开启", "Alerts are off"],
  blocked: [
    "手机或浏览器不允许通知，收不到提醒。请在浏览器的网站设置中允许通知。",
    "The phone or the browser does not allow notifications, so you get no alerts. Allow them in the site settings of the browser.",
  ],
  missing: ["此浏览器收不到提醒。请保持应用打开。", "This browser cannot receive alerts. Keep the app open."],
  turn_on: ["开启提醒", "Turn alerts on"],
  turn_off: ["关闭提醒", "Turn alerts off"],
  failed: ["未能完成，请联网后重试。", "This failed. Try again with a network."],
} as const satisfies Pairs;

/** The hint on the list of tasks. */
export const HINT_TEXTS = {
  off: [
    "提醒未开启：应用关闭时，您收不到派遣单和求助。",
    "Alerts are off: while the app is closed you get no offers and no calls for help.",
  ],
  blocked: [
    "手机或浏览器不允许通知：应用关闭时，您收不到派遣单和求助。",
    "The phone or the browser does not allow notifications: while the app is closed you get no offers and no calls for help.",
  ],
  missing: [
    "此浏览器收不到提醒：请保持应用打开，才能及时看到派遣单。",
    "This browser cannot receive alerts: keep the app open to see offers in time.",
  ],
  to_alerts: ["查看提醒", "Open alerts"],
  hide: ["不再显示", "Hide this"],
} as const satisfies Pairs;
