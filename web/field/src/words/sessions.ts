// Own sessions. Loaded with that page, so these texts are not in WORDS.
import type { Pairs } from "../../../src/i18n";

export const SESSION_TEXTS = {
  title: ["我的会话", "My sessions"],
  what: [
    "您的账号在这些设备和浏览器上登录。有不认识的，请将其退出并修改密码。",
    "Your account is signed in on these devices and browsers. Sign out of any that you do not know, and change your password.",
  ],
  since: ["登录：{at}", "Signed in: {at}"],
  used: ["最近使用：{at}", "Last used: {at}"],
  here: ["本机", "This phone"],
  end: ["退出此会话", "Sign out of this session"],
  end_of: ["退出此会话（{at} 登录）", "Sign out of this session (signed in: {at})"],
  unknown: ["未知程序", "Unknown program"],
  only: ["没有其他会话。", "There are no other sessions."],
} as const satisfies Pairs;
