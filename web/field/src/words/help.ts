// Calls for help.
import type { Pairs } from "../../../src/i18n";

export const HELP = {
  sos: ["紧急求助", "Call for help"],
  sos_hold: ["长按立即求助；点按需再确认一次", "Hold it down to call at once; a short press asks first"],
  sos_sure: ["确定发出求助？主管会立即得知您的位置。", "Call for help? Supervisors are told where you are at once."],
  sos_send: ["立即求助", "Call now"],
  sos_raising: ["正在发出求助…", "Calling for help…"],
  sos_unsent: [
    "求助尚未发出，还没有人知道。一有网络就最先发送。情况紧急请直接拨打电话。",
    "Not sent yet: nobody knows of it. It goes first as soon as there is a network. If it is urgent, telephone.",
  ],
  sos_again: ["再试一次", "Try now"],
  sos_take_back: ["撤回（尚未发出）", "Take back (not sent)"],
  sos_raised: ["求助已发出，尚无人响应；无人响应会继续上报", "Your call is out. Nobody has answered yet; it goes up until somebody does"],
  sos_acknowledged: ["{who} 于 {at} 已响应", "{who} answered at {at}"],
  sos_false_alarm: ["误报请告诉响应的人，由其结束求助。", "If it was a mistake, tell whoever answers: they close the call."],
  sos_closed: ["上一次求助已于 {at} 结束", "Your last call was closed at {at}"],
} as const satisfies Pairs;
