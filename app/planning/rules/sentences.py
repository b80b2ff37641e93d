"""Sentences for the reasons why a stop is not in a plan."""

from app.planning.rules.days import Reason

# reason: (English, Chinese)
REASONS: dict[Reason, tuple[str, str]] = {
    Reason.NO_SHIFT: ("No shift is planned for this day.", "当日未排班。"),
    Reason.ABSENT: ("Somebody stands in for her on this day.", "当日由他人替班。"),
    Reason.NO_TIME_LEFT: ("There is no time left in the day.", "当日时间已排满。"),
    Reason.WINDOW_MISSED: (
        "It does not fit into the hours in which it may be done.",
        "无法安排在允许的时段内。",
    ),
    Reason.TOO_FAR: ("The way there is too long.", "路程过远。"),
    Reason.OVER_CAPACITY: ("The day has as many stops as it may have.", "当日任务数已达上限。"),
    Reason.PIN_CONFLICT: (
        "The pinned time does not go with the shift or with what was pinned before.",
        "固定时间与班次或此前固定的任务冲突。",
    ),
}


def reason_sentences(reason: Reason) -> dict[str, str]:
    """Return the sentences `{en, zh}` of a reason."""
    english, chinese = REASONS[reason]
    return {"en": english, "zh": chinese}
