// Signing in and out, what would be lost by it, and a password that somebody else has set.
import type { Pairs } from "../../../src/i18n";

export const ACCOUNT = {
  password_reset: ["{at}，{by}为您的账号重设了密码。如果不是您要求的，请告知管理员。", "{at}: {by} gave your account a new password. If you did not ask for it, tell your administrator."],
  the_operator: ["服务器运维人员", "the operator of the server"],
  stake_unsent: ["未发送 {n} 项。", "Unsent: {n}."],
  stake_refused: ["服务器未接收的照片、录音 {n} 个。", "Photos and notes that the server did not take: {n}."],
  stake_dead: ["未成功且尚未查看的 {n} 项。", "Did not take effect, not seen to yet: {n}."],
  leave_lose: ["退出登录后本机不再保留。仍要退出？", "Signing out removes it from this phone. Sign out all the same?"],
  leave_sure: ["丢弃并退出", "Discard and sign out"],
  others_unsent: ["本机仍有 {who} 的内容。请其本人先登录处理；继续登录将丢弃。", "This phone has work of {who}, who should sign in and see to it. Going on discards it."],
  go_on_discard: ["丢弃并继续", "Discard and go on"],
  password_first: ["先修改密码", "Change your password first"],
  password_why: [
    "此密码由他人设定。修改后即继续同步；本机未发送的内容都会保留。",
    "Somebody else set this password. Once it is changed, syncing goes on; what is unsent stays on this phone.",
  ],
  password_now: ["现在的密码", "Password now"],
  password_new: ["新密码", "New password"],
  password_change: ["修改密码", "Change password"],
  not_kept: ["刚才的操作没有保存到本机（存储空间可能已满）。请清理空间后重试；已填写的内容请勿离开本页。", "That was not kept: this phone may be full. Make room and try again; stay on this page so that what you typed stays."],
  letter_later: ["没有生效，联网后可查看原因", "It did not take effect; the reason comes with a network"],
} as const satisfies Pairs;
