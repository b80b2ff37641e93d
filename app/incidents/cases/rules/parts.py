"""Parts of joint handling as sentences in Chinese and English. Pure."""

from typing import Any

_LEAD = {
    "queued": ("{unit} leads it; nobody there has accepted it yet.", "{unit}牵头，尚无人接受。"),
    "done": ("{unit} led it and has fed back the whole.", "{unit}牵头，已整体反馈。"),
    "none": ("{unit} leads it; nobody works on it now.", "{unit}牵头，目前无人承办。"),
    "held": ("{unit} leads it: it is with {name}.", "{unit}牵头，由{name}承办。"),
    "asked": ("{unit} leads it; somebody is asked to take it.", "{unit}牵头，正在派遣。"),
}
_JOINT = {
    "queued": ("{unit} is asked for its part; nobody there has accepted it yet.", "{unit}协办，尚无人接受。"),
    "held": ("{unit} does its part: it is with {name}.", "{unit}协办，由{name}承办。"),
    "done": ("{unit} has done its part ({name}).", "{unit}协办已完成（{name}）。"),
    "part_returned": (
        "{unit} has returned its part; a supervisor decides.",
        "{unit}已退回协办任务，由督导员决定。",
    ),
    "part_withdrawn": ("A supervisor withdrew the part of {unit}.", "督导员已撤回{unit}的协办任务。"),
    "part_waived": (
        "A supervisor decided to go on without the part of {unit}.",
        "督导员决定免等{unit}的协办。",
    ),
    "part_leads": (
        "{unit} leads it now, and has no part beside that.",
        "{unit}已改为牵头，不再另有协办任务。",
    ),
    "part_replaced": (
        "{unit} returned its part; another unit was asked.",
        "{unit}退回协办任务，已另派单位。",
    ),
    "none": ("The part of {unit} has ended with the case.", "{unit}的协办任务已随案卷终止。"),
}
_HELD = ("accepted", "en_route", "on_scene")


def part_sentences(part: dict[str, Any]) -> dict[str, str]:
    """`{en, zh}` of one part: its `part` (lead, joint), `unit`, `state`, `because` and `by`."""
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
        "en": en.format(unit=name.get("en") or name["zh"], name=holder or "somebody"),
        "zh": zh.format(unit=name["zh"], name=holder or "某人"),
    }
