// Calls for help.
import type { Pairs } from "../../../src/i18n";

export const HELP = {
  sos_short: ["求助", "SOS"],
  sos_short_how: ["长按", "hold"],
  sos_hold: ["长按立即求助；点按需再确认一次", "Press and hold to call at once; a short press asks for confirmation"],
  sos_sure: ["确定发出求助？督导员会立即得知您的位置。", "Call for help? Supervisors receive your position at once."],
  sos_send: ["立即求助", "Call now"],
  sos_raising: ["正在发出求助…", "Calling for help…"],
  sos_unsent: [
    "求助尚未发出，还没有人知道。一有网络就最先发送。情况紧急请直接拨打电话。",
    "Not sent yet: nobody has received your call. It is sent first as soon as there is a network. If it is urgent, telephone.",
  ],
  sos_again: ["再试一次", "Try again now"],
  sos_take_back: ["撤回（尚未发出）", "Take back (not sent yet)"],
  sos_raised: [
    "求助已发出，尚无人响应；无人响应会逐级上报",
    "Your call for help was sent. Not acknowledged yet; it is escalated until somebody acknowledges it",
  ],
  sos_acknowledged: ["{who} 于 {at} 已响应", "Acknowledged by {who} at {at}"],
  sos_false_alarm: [
    "误报请告诉响应的人，由其结束求助。",
    "If it is a false alarm, tell the person who acknowledged it. They close the call for help.",
  ],
  sos_closed: ["上一次求助已于 {at} 结束", "Your last call for help was closed at {at}"],
} as const satisfies Pairs;
