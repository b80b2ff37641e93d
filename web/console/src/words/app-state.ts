// Texts about the console itself: signing out, unsaved changes, a newer version, a page that failed.
import type { Pairs } from "../../../src/i18n";

export const APP_STATE = {
  leaving: ["正在退出", "Signing out"],
  leaving_now: ["正在通知服务器…", "Notifying the server…"],
  not_left: [
    "退出请求没有送达服务器：本机仍处于登录状态，请勿离开。页面会继续重试，直到服务器收到为止。",
    "The sign-out did not reach the server. This computer is still signed in: do not leave it. The page keeps trying until the server has received it.",
  ],
  stay: ["不退出了", "Stay signed in"],
  not_saved: [
    "有尚未保存的改动，离开后将丢失。确定离开吗？",
    "There are unsaved changes that will be lost. Leave this page anyway?",
  ],
  newer: ["控制台已有新版本", "A newer version of the console is available"],
  newer_means: [
    "这一页属于已被替换的版本，请载入新版本。",
    "This page belongs to an older version. Load the new version.",
  ],
  load_newer: ["载入新版本", "Load the newer version"],
  page_missing: ["页面加载失败", "The page could not be loaded"],
  page_broke: ["页面出错", "The page failed"],
  load_again: ["重新载入", "Reload"],
  to_the_start: ["回到首页", "Back to the start page"],
  drawn_before: ["登录中断前未保存的改动已恢复。", "The unsaved changes of your last session were restored."],
  draft_outdated: [
    "登录中断前的改动未能恢复：区划已被他人更改。",
    "The unsaved changes of your last session could not be restored: another person has changed these areas since.",
  ],
} as const satisfies Pairs;
