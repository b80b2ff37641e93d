"""Messages to people without an account: reports through the public door, and secret links."""

PUBLIC_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "public_reports_alike": (
        "Several reports with nearly the same words arrived. This one was not stored; what you wrote is still in the form. "
        "Add what is new, join the earlier case, or send it again later.",
        "已收到多件文字几乎相同的上报。本次未保存，您填写的内容仍在表单中。请补充新情况、加入已有案卷，或稍后再提交。",
    ),
    "public_reports_of_address": (
        "Many reports came from this network. This one was not stored; what you wrote is still in the form. "
        "Send it again later, or call the office.",
        "该网络提交的上报较多。本次未保存，您填写的内容仍在表单中。请稍后再提交，或致电办公室。",
    ),
    "public_reports_of_place": (
        "Many reports of this place arrived. This one was not stored; what you wrote is still in the form. "
        "Join one of the cases near by, or send it again later.",
        "该地点的上报较多。本次未保存，您填写的内容仍在表单中。请加入附近的案卷，或稍后再提交。",
    ),
    "too_many_links": ("This report has as many links as it can have.", "该上报的链接数量已达上限。"),
    "address_unusable": (
        "is not an address to which messages can be sent",
        "不是可以发送消息的地址",
    ),
    "contacts_too_many": (
        "Messages about this report go to {most} addresses already. Stop one of them first.",
        "该上报的通知已发送至 {most} 个地址，请先停止其中一个。",
    ),
    "confirmations_too_many": (
        "Too many addresses were to be confirmed today. Try again tomorrow, or leave the boxes for messages empty.",
        "今天的确认请求过多，请明天再试，或不勾选通知。",
    ),
    "sms_sender_unknown": (
        "No worker has this telephone number. An administrator enters it.",
        "该号码未登记为网格员，请联系管理员登记。",
    ),
    "sms_category_unknown": (
        "No category has these words. Send a code such as E0102.",
        "没有该类别，请使用类别代码。",
    ),
    "sms_category_ambiguous": (
        "Several categories have these words: {codes}. Send one code.",
        "类别不明确：{codes}，请用其中一个代码。",
    ),
    "sms_too_many": ("Too many SMS came from this number.", "该号码短信过多。"),
    "sms_notice_code_unknown": (
        "There is no notice with this code. Copy it from your sheet or link.",
        "没有此代码的告知，请按告知单或链接填写。",
    ),
    "sms_answer_missing": (
        "Add after the code: 1 understood, 2 need help, or your question.",
        "请在代码后填：1 已知晓，2 需要帮助，或您的问题。",
    ),
    "sms_task_unknown": ("You have no task with this number.", "您没有该案卷号的任务。"),
    "sms_words_missing": ("Write after the number what was done.", "请在案卷号后写明处理情况。"),
    "things_too_many": (
        "The area has more than {most} things. Print its parts one by one.",
        "该区域内超过 {most} 个对象，请分区打印。",
    ),
    "public_words_missing": ("Write what you want to say, or add a photo.", "请填写内容或添加照片。"),
    "place_missing": (
        "needs a place: choose one of the results, or a point on the map",
        "缺少地点：请选择搜索结果或在地图上选点",
    ),
    "place_outside": ("lies outside the city", "不在本市范围内"),
    "words_too_long": ("may have at most {most} characters", "最多 {most} 个字符"),
    "photos_too_many": ("may be at most {most}", "最多 {most} 张"),
    "not_photo_of_case": (
        "names a photo that is not of this case, or that is not processed",
        "包含不属于该案卷或尚未处理的照片",
    ),
    "rating_of_open": (
        "The case has not ended yet. Rate it when it has ended.",
        "案卷尚未结束，结束后方可评价。",
    ),
    "case_not_public": (
        "Cases of this category are never public. Nothing can be released.",
        "该类别的案卷不公开，不能发布。",
    ),
}
