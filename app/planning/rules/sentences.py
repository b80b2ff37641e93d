"""Texts for the reasons why a stop is not in a plan, in English and Chinese."""

from app.planning.rules.days import Reason

# reason: (English, Chinese)
REASONS: dict[Reason, tuple[str, str]] = {
    Reason.NO_SHIFT: ("No shift is planned for this day.", "当日未排班。"),
    Reason.ABSENT: ("The worker has a substitute on this day.", "当日由他人代岗。"),
    Reason.NO_TIME_LEFT: ("No time is left on this day.", "当日时间已排满。"),
    Reason.WINDOW_MISSED: ("The stop does not fit into its allowed hours.", "无法安排在允许的时段内。"),
    Reason.TOO_FAR: ("The stop is too far away.", "路程过远。"),
    Reason.OVER_CAPACITY: (
        "The plan of this day has the maximum number of stops.",
        "当日任务数已达上限。",
    ),
    Reason.PIN_CONFLICT: (
        "The pinned time conflicts with the shift or with an earlier pinned stop.",
        "固定时间与班次或此前固定的任务冲突。",
    ),
}


def reason_sentences(reason: Reason) -> dict[str, str]:
    """Return the text `{en, zh}` for a reason why a stop is not in a plan."""
    english, chinese = REASONS[reason]
    return {"en": english, "zh": chinese}
