"""What is said of units that handle a case together."""

DISPATCH_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "parts_unfinished": (
        "Other units have not done their part yet: {units}. Who directs the case may go on without them.",
        "协办单位尚未完成：{units}。督导员可说明理由后免等。",
    ),
    "nothing_proposed": ("Nobody, or somebody else, is proposed now.", "目前没有该拟派人选。"),
    "unit_leads": ("This unit leads the case already.", "该单位已是牵头单位。"),
    "unit_has_part": ("This unit has a part in the case already.", "该单位已是协办单位。"),
    "no_open_parts": ("No such part is open.", "没有未完成的协办任务。"),
}
