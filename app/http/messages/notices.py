"""Messages about notices to households."""

NOTICE_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "notice_addresses_nobody": (
        "Say whom the notice addresses: areas, kinds of premises, care tags or a geometry.",
        "请说明告知对象：区域、处所类型、关爱标签或几何范围。",
    ),
    "notice_language_missing": (
        "needs a text in Chinese or English, and has at most 10 languages",
        "须有中文或英文文本，且最多 10 种语言",
    ),
    "notice_area_outside": (
        "names an area that is not in the area of the sender",
        "包含不在发送区域内的区域",
    ),
    "notice_sms_alone": (
        "has sms without visit; households without a number or consent would not be reached",
        "含短信而无上门；无号码或未同意的住户将无法送达",
    ),
    "notice_email_alone": (
        "has email without visit; households without an address or consent would not be reached",
        "含邮件而无上门；无邮箱或未同意的住户将无法送达",
    ),
    "notice_files_large": ("are larger than {most} MB together", "合计超过 {most} MB"),
    "notice_file_kind": (
        "is a voice note; attach photos and PDF documents",
        "是录音；附件只能是照片和 PDF 文件",
    ),
    "notice_file_not_taken": ("was refused by the check of files", "未通过文件检查"),
    "notice_file_refused": (
        "A file of the notice was refused. Take it off, or attach another one.",
        "该告知的一个附件未通过检查，请移除或更换。",
    ),
    "notice_geometry_long": ("has more than {most} vertices", "顶点超过 {most} 个"),
    "notice_category_public": (
        "names a category whose cases are public; households reply from where they live",
        "所选类别的案卷会公开；答复来自住户，不能使用",
    ),
    "notice_of_another": (
        "Only the author changes and publishes a draft. Write a notice of your own.",
        "草稿只能由起草人修改和发布。请另行起草。",
    ),
    "notice_own": (
        "You wrote this notice. Ask another person to decide about it.",
        "这则告知由您起草，请由另一人决定。",
    ),
    "notice_not_draft": (
        "The notice is no draft any more. Withdraw it and write another one.",
        "该告知已不是草稿。请撤回后另行起草。",
    ),
    "notice_not_waiting": (
        "The notice does not wait for approval.",
        "该告知未在等待批准。",
    ),
    "notice_reach_changed": (
        "The notice now reaches {households:household|households}, not {confirmed} as confirmed. Nothing was published. "
        "Look at the preview again.",
        "该告知现将送达 {households} 户，与确认的 {confirmed} 户不同，未发布。请重新查看预览。",
    ),
    "notice_reaches_nobody": (
        "The notice reaches no household. Nothing was published.",
        "该告知不会送达任何住户，未发布。",
    ),
    "notice_over": (
        "The validity of the notice is over.",
        "该告知的有效期已过。",
    ),
    "notice_not_running": (
        "The notice is not running: it was not published, has ended or was withdrawn.",
        "该告知未在有效期内：尚未发布、已结束或已撤回。",
    ),
    "notice_channel_closed": (
        "The notice does not reach this household through this channel.",
        "该告知不通过此渠道送达该住户。",
    ),
    "notice_pages_closed": (
        "The public pages of the city are closed, so nobody could open a link.",
        "本市公众页面未开放，链接无法打开。",
    ),
    "notice_codes_wrong": (
        "Too many wrong codes. Try again in an hour, or ask the worker.",
        "错误代码过多。请一小时后再试，或联系网格员。",
    ),
    "notice_code_invalid": (
        "This is no code. It has ten letters and digits.",
        "代码有误，应为十位字母和数字。",
    ),
    "notice_answers_many": (
        "This household has answered as often as it can today. Call the office, please.",
        "该住户今日回复次数已达上限，请致电办公室。",
    ),
    "notice_opted_out": (
        "The household wants no such notices. Nothing was stored.",
        "该住户不愿接收此类告知，未保存。",
    ),
    "notice_withdrawn": ("The notice was withdrawn.", "该告知已撤回。"),
    # Warnings: the receipt was stored
    "told_by_another": (
        "Meanwhile {name} had notified this household. Your result is stored, too.",
        "{name} 已先告知该住户，您的结果也已保存。",
    ),
    "answered_by_household": (
        "Meanwhile this household had answered itself. Your result is stored, too.",
        "该住户已自行回复，您的结果也已保存。",
    ),
    "told_after_opt_out": (
        "This household had opted out of such notices. Your result is stored; do not tell it again.",
        "该住户已选择不接收此类告知。您的结果已保存，请勿再次告知。",
    ),
    "told_after_end": (
        "The notice had ended before. Your result is stored.",
        "该告知此前已结束，您的结果已保存。",
    ),
    "told_after_withdrawal": (
        "The notice had been withdrawn before. Your result is stored; tell the household that it does not hold.",
        "该告知此前已撤回。您的结果已保存，请告知住户该内容已失效。",
    ),
}
