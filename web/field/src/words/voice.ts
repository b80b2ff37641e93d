// Voice notes.
import type { Pairs } from "../../../src/i18n";

export const VOICE = {
  voice: ["语音", "Voice note"],
  voice_record: ["录语音", "Record a voice note"],
  voice_stop: ["停止", "Stop"],
  voice_draft: ["可先试听，随上报或反馈一起发送", "Listen first; it goes with the report or feedback"],
  voice_send: ["现在发送", "Send it now"],
  voice_delete: ["删除", "Delete"],
  voice_denied: ["无法录音：请允许本应用使用麦克风，或改用文字", "No recording: allow this app the microphone, or write instead"],
} as const satisfies Pairs;
