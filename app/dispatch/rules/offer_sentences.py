"""The state of an offer as a sentence, in Chinese and English."""

_STATES = {
    # state: (English, Chinese)
    "offered": ("{name} was asked; the phone has not fetched it yet.", "已派给{name}，终端尚未收到。"),
    "delivered": ("{name} was asked, and the phone has it.", "已派给{name}，终端已收到。"),
    "accepted": ("{name} accepted it.", "{name}已接受。"),
    "declined": ("{name} declined it.", "{name}已谢绝。"),
    "expired": (
        "{name} had it on the phone and did not answer in time.",
        "{name}的终端已收到，但逾时未答复。",
    ),
    "undelivered": (
        "It never reached {name}'s phone, which says nothing about {name}.",
        "派遣未能送达{name}的终端，不计入其个人情况。",
    ),
    "withdrawn": ("It was withdrawn from {name}.", "已从{name}处撤回。"),
}
_BECAUSE = {
    "conflict_of_interest": (
        "{name} has a conflict of interest and keeps out of it, as is right; it counts for nothing.",
        "{name}存在利益冲突，依规回避，不计入其个人情况。",
    ),
    "taken_by_other": (
        "Several were asked at once, and somebody else took it before {name}.",
        "同时派给多人，他人先于{name}接受。",
    ),
    "shift_ended": ("{name} has gone off duty; somebody else was asked.", "{name}已离岗，改派他人。"),
    "unavailable": ("{name} cannot be asked now; somebody else was asked.", "{name}此刻不便承办，改派他人。"),
    "moved_away": ("{name} has moved away from the place; somebody else is nearer.", "{name}已远离现场，改派更近的人员。"),
    "eta_slipped": ("{name} would have come too late; somebody else is nearer.", "{name}预计无法按时到达，改派更近的人员。"),
    "upgraded": ("The case became more pressing, and somebody else is nearer than {name}.",
                 "案卷紧急程度提高，改派比{name}更近的人员。"),
}  # fmt: skip


def offer_sentences(state: str, because: str | None, name: str) -> dict[str, str]:
    """`{en, zh}` for one offer."""
    en, zh = _BECAUSE.get(because or "", _STATES[state])
    return {"en": en.format(name=name), "zh": zh.format(name=name)}


def moved_sentences(because: str, name: str, gain_s: float | None) -> dict[str, str]:
    """`{en, zh}`: why work that was not begun went from `name` to somebody else, and what it saves."""
    en, zh = _BECAUSE[because]
    en, zh = en.format(name=name), zh.format(name=name)
    if gain_s is not None:
        en, zh = f"{en} It saves {gain_s:.0f} s.", f"{zh}可节省约{gain_s:.0f}秒。"
    return {"en": en, "zh": zh}
