// Signing in and out, what would be lost by it, and a password that somebody else has set.
import type { Pairs } from "../../../src/i18n";

export const ACCOUNT = {
  sessions: ["我的会话", "My sessions"],
  theme: ["外观", "Appearance"],
  theme_device: ["跟随手机", "As the phone"],
  theme_light: ["浅色", "Light"],
  theme_dark: ["深色", "Dark"],
  password_reset: [
    "{at}，{by}重置了您账号的密码。如果不是您要求的，请告知管理员。",
    "{at}: {by} reset the password of your account. If you did not ask for this, tell your administrator.",
  ],
  the_operator: ["服务器运维人员", "the operator of the server"],
  stake_unsent: ["未发送 {n} 项。", "Unsent: {n}."],
  stake_refused: ["服务器未接收的照片、录音 {n} 个。", "Photos and voice notes refused by the server: {n}."],
  stake_dead: ["未成功且尚未查看的操作 {n} 项。", "Operations not applied and not looked at yet: {n}."],
  leave_lose: ["退出登录后本机不再保留。仍要退出？", "Signing out removes this from the phone. Sign out anyway?"],
  leave_sure: ["丢弃并退出", "Discard and sign out"],
  others_unsent: [
    "本机仍有 {who} 的内容。请其本人先登录处理；继续登录将丢弃。",
    "This phone still holds unsent work of {who}. Ask them to sign in first; continuing discards the work.",
  ],
  go_on_discard: ["丢弃并继续", "Discard and continue"],
  password_first: ["先修改密码", "Change your password first"],
  password_why: [
    "此密码由他人设定。修改后即继续同步；本机未发送的内容都会保留。",
    "Another person set this password. Syncing continues after you change it; unsent work stays on this phone.",
  ],
  password_now: ["当前密码", "Current password"],
  password_new: ["新密码", "New password"],
  password_change: ["修改密码", "Change password"],
  password_changed: [
    "密码已修改，其他设备和程序须重新登录。",
    "The password was changed. Other devices and programs must sign in again.",
  ],
  not_kept: [
    "刚才的操作没有保存到本机（存储空间可能已满）。请清理空间后重试；已填写的内容请勿离开本页。",
    "This was not saved: the phone's storage may be full. Free some space and try again. Stay on this page to keep what you typed.",
  ],
  letter_later: ["未成功，联网后可查看原因", "Not applied. The reason is shown when there is a network."],
} as const satisfies Pairs;
