"""Messages about units that handle a case together."""

DISPATCH_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "parts_unfinished": (
        "Joint parts are not done yet: {units}. A supervisor of the area may continue without them.",
        "协办单位尚未完成：{units}。督导员可说明理由后不再等待协办。",
    ),
    "nothing_proposed": ("This worker is not proposed now.", "目前没有该拟派人选。"),
    "unit_leads": ("This unit is the lead unit already.", "该单位已是主办单位。"),
    "unit_has_part": ("This unit is a joint unit of the case already.", "该单位已是协办单位。"),
    "no_open_parts": ("The case has no such open joint part.", "没有未完成的协办任务。"),
}
