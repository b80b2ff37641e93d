"""Sentences about the parts of units in joint handling, in English and Chinese. Pure."""

from typing import Any

_LEAD = {
    "queued": (
        "{unit} is the lead unit; no member has accepted the case yet.",
        "{unit}主办，尚无人接受。",
    ),
    "done": (
        "{unit} is the lead unit and has submitted feedback for the whole case.",
        "{unit}主办，已对全案反馈。",
    ),
    "none": ("{unit} is the lead unit; no worker handles the case now.", "{unit}主办，目前无人承办。"),
    "held": ("{unit} is the lead unit; {name} handles the case.", "{unit}主办，由{name}承办。"),
    "asked": ("{unit} is the lead unit; a worker has an offer.", "{unit}主办，正在派遣。"),
}
_JOINT = {
    "queued": ("{unit} has a joint part; no member has accepted it yet.", "{unit}协办，尚无人接受。"),
    "held": ("{unit} has a joint part; {name} handles it.", "{unit}协办，由{name}承办。"),
    "done": ("{unit} has completed its joint part ({name}).", "{unit}协办已完成（{name}）。"),
    "part_returned": (
        "{unit} has returned its joint part; a supervisor decides.",
        "{unit}已退回协办任务，由督导员决定。",
    ),
    "part_withdrawn": (
        "A supervisor withdrew the joint part of {unit}.",
        "督导员已撤回{unit}的协办任务。",
    ),
    "part_waived": (
        "A supervisor decided to continue without the joint part of {unit}.",
        "督导员决定不再等待{unit}的协办。",
    ),
    "part_leads": (
        "{unit} is the lead unit now and has no joint part any more.",
        "{unit}已改为主办单位，不再另有协办任务。",
    ),
    "part_replaced": (
        "{unit} returned its joint part; another unit was added.",
        "{unit}退回协办任务，已另派单位。",
    ),
    "none": ("The joint part of {unit} ended with the case.", "{unit}的协办任务已随案卷终止。"),
}
_HELD = ("accepted", "en_route", "on_scene")


def part_sentences(part: dict[str, Any]) -> dict[str, str]:
    """Return `{en, zh}`: a sentence about the state of one part.

    Args:
        part: Mapping with `part` (`lead` or `joint`), `unit`, `state`, `because` (why it ended) and `by` (its worker).
    """
    is_lead, state = part["part"] == "lead", part["state"]
    key = "held" if state in _HELD else state
    if is_lead:
        key = "asked" if state in ("offered", "open") else key
    elif state in ("failed", "withdrawn"):
        key = part["because"] or "none"
    templates = _LEAD if is_lead else _JOINT
    en, zh = templates.get(key, templates["none"])
    name = (part["unit"] or {}).get("name") or {"en": "No unit", "zh": "（无责任单位）"}
    holder = part["by"]["name"] if part["by"] else None
    return {
        "en": en.format(unit=name.get("en") or name["zh"], name=holder or "a worker"),
        "zh": zh.format(unit=name["zh"], name=holder or "某人"),
    }
