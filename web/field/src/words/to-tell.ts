// Households to tell a notice. Loaded with its page.
export const TO_TELL_TEXTS = {
  title: ["待告知", "To tell"],
  what: [
    "您网格内须上门告知的住户。需要网络：名单和结果不保存在本机。",
    "Households of your grids to tell at the door. This needs a network: neither the list nor the result is stored on this phone.",
  ],
  none: ["目前没有待告知的住户", "No household is to be notified now"],
  offline: [
    "没有网络。联网后再打开名单或提交结果。",
    "No network. Open the list or send the result when there is one.",
  ],
  until: ["{at} 前", "until {at}"],
  read_text: ["告知内容", "Text of the notice"],
  files: ["附件", "Attachments"],
  file: ["{title}（{kind}，{kb} kB）", "{title} ({kind}, {kb} kB)"],
  file_pdf: ["PDF", "PDF"],
  file_picture: ["图片", "picture"],
  state_told: ["已告知", "Notified"],
  state_understood: ["已了解", "Understood"],
  state_needs_help: ["需要帮助", "Needs help"],
  state_declined: ["不愿听取", "Declined"],
  stored: ["{household}：{state}", "{household}: {state}"],
  more: ["显示更多", "Show more"],
  again: ["重试", "Try again"],
} as const;
