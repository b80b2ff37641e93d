"""Texts about the states of offers, in English and Chinese. Pure."""

from app.core.wording import counted

_STATES = {
    # state: (English, Chinese)
    "offered": (
        "An offer was sent to {name}; the phone has not received it yet.",
        "已派给{name}，手机尚未收到。",
    ),
    "delivered": (
        "An offer was sent to {name}; the phone has received it.",
        "已派给{name}，手机已收到。",
    ),
    "accepted": ("{name} accepted the offer.", "{name}已接受。"),
    "declined": ("{name} declined the offer.", "{name}已谢绝。"),
    "expired": (
        "{name} received the offer on the phone and did not answer in time.",
        "{name}的手机已收到派遣单，但逾时未答复。",
    ),
    "undelivered": (
        "The offer did not reach the phone of {name}. It does not count against {name}.",
        "派遣单未能送达{name}的手机，不计入其个人统计数据。",
    ),
    "withdrawn": ("The offer to {name} was withdrawn.", "给{name}的派遣单已撤回。"),
}
_BECAUSE = {
    "conflict_of_interest": (
        "{name} declared a conflict of interest and is excluded; this is not counted as declined.",
        "{name}存在利益冲突，依规回避，不计入谢绝。",
    ),
    "taken_by_other": (
        "The offer went to several workers at the same time, and another one accepted before {name}.",
        "同时派给多人，他人先于{name}接受。",
    ),
    "shift_ended": (
        "{name} is off duty now; the offer went to another worker.",
        "{name}已离岗，改派他人。",
    ),
    "unavailable": (
        "{name} is not available now; the offer went to another worker.",
        "{name}此刻不便承办，改派他人。",
    ),
    "moved_away": (
        "{name} has moved too far from the place; another worker is nearer.",
        "{name}已远离现场，改派更近的人员。",
    ),
    "eta_slipped": (
        "{name} would arrive too late; another worker is nearer.",
        "{name}预计无法按时到达，改派更近的人员。",
    ),
    "upgraded": (
        "The case became more urgent, and another worker is nearer than {name}.",
        "案卷紧急程度提高，改派比{name}更近的人员。",
    ),
}


def offer_sentences(state: str, because: str | None, name: str) -> dict[str, str]:
    """Return the text `{en, zh}` about the state of one offer.

    Args:
        state: The state as the API shows it.
    """
    en, zh = _BECAUSE.get(because or "", _STATES[state])
    return {"en": en.format(name=name), "zh": zh.format(name=name)}


def moved_sentences(because: str, name: str, gain_s: float | None) -> dict[str, str]:
    """Return the text `{en, zh}` that work was withdrawn from worker `name` by automatic rules.

    Args:
        gain_s: Travel time saved in seconds; None: not shown.
    """
    en, zh = _BECAUSE[because]
    en, zh = en.format(name=name), zh.format(name=name)
    if gain_s is not None:
        minutes = max(1, round(gain_s / 60))
        saved = counted(minutes, "minute", "minutes")
        en, zh = f"{en} This saves about {saved}.", f"{zh}可节省约{minutes}分钟。"
    return {"en": en, "zh": zh}
