// Voice notes.
import type { Pairs } from "../../../src/i18n";

export const VOICE = {
  voice: ["录音", "Voice note"],
  voice_record: ["开始录音", "Record a voice note"],
  voice_stop: ["停止", "Stop"],
  voice_draft: ["可先试听，随上报或反馈一起发送", "Listen to it first; it is sent with the report or feedback"],
  voice_send: ["现在发送", "Send now"],
  voice_delete: ["删除", "Delete"],
  voice_denied: [
    "无法录音：请允许本应用使用麦克风，或改用文字",
    "Cannot record: allow this app to use the microphone, or write text instead",
  ],
} as const satisfies Pairs;
