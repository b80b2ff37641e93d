// Texts about the console itself: signing out, unsaved changes, a newer version, a page that failed.
import type { Pairs } from "../../../src/i18n";

export const STANDING = {
  leaving: ["正在退出", "Signing out"],
  leaving_now: ["正在通知服务器…", "Telling the server…"],
  not_left: [
    "退出请求没有送达服务器：本机仍处于登录状态，请勿离开。页面会继续重试，直到服务器收到为止。",
    "Signing out did not reach the server: this computer is still signed in, so do not leave it yet. It is tried again until the server has heard.",
  ],
  stay: ["不退出了", "Stay signed in"],
  not_saved: ["有尚未保存的改动，离开后将丢失。确定离开吗？", "There are changes that are not saved and will be lost. Leave all the same?"],
  newer: ["控制台已有新版本", "A newer version of the console is there"],
  newer_means: ["这一页属于已被替换的版本，请载入新版本。", "This page belongs to a version that was replaced. Load the new one."],
  load_newer: ["载入新版本", "Load the newer version"],
  page_missing: ["这一页没有取到", "This page could not be fetched"],
  page_broke: ["这一页出错了", "This page broke"],
  load_again: ["重新载入", "Load again"],
  to_the_start: ["回到首页", "Back to the first page"],
  drawn_before: ["登录中断前未保存的改动已恢复。", "Your changes from before the session ended are here again."],
  draft_outdated: ["登录中断前的改动未能恢复：区划已被他人更改。", "Your changes from before the session ended are gone: somebody has changed these areas since."],
} as const satisfies Pairs;
