// Whether the phone's place is sent, said on every page.
import type { Pairs } from "../../../src/i18n";

export const TRACKING = {
  not_tracked: ["不上传位置", "Position not sent"],
  not_tracked_waiting: ["不上传位置（在岗时 {n} 处待发）", "Position not sent ({n} unsent from duty)"],
  tracking_searching: ["正在定位", "Finding your position"],
  tracked: ["正在上传位置", "Position is being sent"],
  tracked_waiting: ["位置暂存，{n} 处待发", "{n:position|positions} stored, not sent yet"],
  tracking_denied: ["手机不允许定位", "Position not allowed"],
  tracking_silent: ["无法定位", "No position from the phone"],
  tracking_explained: [
    "在岗时上传位置，下岗即停；没有网络时先存在本机。应用退到后台或锁屏后，手机可能停止定位。求助、上报和反馈附带当时的位置。",
    "Your position is sent while you are on duty and stops when your duty ends. Without a network it is stored on the phone. The phone may stop finding it when it is locked or another app is in front. Reports, feedback and calls for help include your position.",
  ],
  tracking_denied_how: [
    "手机或浏览器没有允许本应用使用位置，督导员看不到您在哪里。请在浏览器的网站设置中允许“位置”。",
    "The phone or browser does not let this app use your position, so supervisors cannot see where you are. Allow “Location” in the browser's settings for this site.",
  ],
} as const satisfies Pairs;
