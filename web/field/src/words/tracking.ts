// Whether the phone's place is sent, said on every page.
import type { Pairs } from "../../../src/i18n";

export const TRACKING = {
  not_tracked: ["不上传位置", "Place not sent"],
  not_tracked_waiting: ["不上传位置（在岗时 {n} 处待发）", "Place not sent ({n} from duty wait)"],
  tracking_searching: ["正在定位", "Looking for your place"],
  tracked: ["正在上传位置", "Place is sent"],
  tracked_waiting: ["位置暂存，{n} 处待发", "Place kept, {n} to send"],
  tracking_denied: ["手机不允许定位", "Place not allowed"],
  tracking_silent: ["取不到位置", "No place from phone"],
  tracking_explained: [
    "在岗时上传位置，下岗即停；没有网络时先存在本机。应用退到后台或锁屏后，手机可能停止定位。求助、上报和反馈附带当时的位置。",
    "Your place is sent on duty and stops when duty ends; without a network it waits on the phone. A locked phone, or another app in front, may stop it. Reports, feedback and calls for help carry where you are.",
  ],
  tracking_denied_how: [
    "手机或浏览器没有允许本应用使用位置，主管看不到您在哪里。请在浏览器的网站设置中允许“位置”。",
    "The phone or browser does not let this app use your place, so nobody above you sees where you are. Allow “Location” in the browser's settings of this site.",
  ],
} as const satisfies Pairs;
