"""Time limits of a filing condition, for the handling and for other stages of a case.

A condition has either `limit`, the limit of the handling, or `limits`, a list of stages in which the handling is the stage
`handle`. A stage begins at a transition of the case, or at the end of the stage named in `from`. It ends at a transition,
or when the handler marks it as finished (`done`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.core.calendar import Limit, LimitUnit
from app.profiles.rules.faults import Fault, at, repeated
from app.profiles.rules.schema_fields import Noun, Number, Option, Text
from app.profiles.rules.schema_sections import Items, Part, Section

HANDLE_STAGE = "handle"
# The stage of verification. Its limit is in the section on the life cycle, so no stage of a condition has this name.
VERIFY = "verify"
DONE_BY_HANDLER = "done"
# Transitions at which a stage may begin or end, in their order.
STEPS = ("reported", "filed", "dispatched", "accepted", "started", "fed_back", "closed")
START_STEPS, END_STEPS = STEPS[:-1], STEPS[1:]
UNITS = {
    "urgent_hour": ("hours around the clock", "小时"),
    "work_hour": ("work hours", "工作时"),
    "work_day": ("work days", "工作日"),
    "natural_day": ("calendar days", "自然日"),
}
CODE = r"[a-z][a-z0-9_-]*"


@dataclass(frozen=True, slots=True)
class StageLimit:
    """The time limit of one stage of a case.

    Args:
        name: By language (`zh`, `en`).
        begins: One of `START_STEPS`, or the name of the stage after which this one begins.
        ends: One of `END_STEPS`, or `DONE_BY_HANDLER`.
    """

    stage: str
    name: dict[str, str]
    limit: Limit
    begins: str
    ends: str


class NameSchema(Section):
    zh = Text(required=True, title=("Chinese", "中文"))
    en = Text(required=True, title=("English", "英文"))


def _unit() -> Option:
    return Option(UNITS, required=True, title="单位")


def _amount() -> Number:
    return Number(0, 10_000, is_exclusive=True, required=True, title="数量")


class LimitSchema(Section):
    whole = ("unit", "amount")

    unit = _unit()
    amount = _amount()


_STEP_WORDS = {
    "reported": ("reported", "上报"),
    "filed": ("filed", "立案"),
    "dispatched": ("dispatched", "派遣"),
    "accepted": ("accepted", "接受"),
    "started": ("started", "开始处置"),
    "fed_back": ("feedback", "反馈"),
    "closed": ("closed", "结案"),
    DONE_BY_HANDLER: ("finished by the handler", "处置人办结"),
}


class StageSchema(Section):
    whole = LimitSchema.whole

    stage = Text(CODE, max_length=40, required=True, title="阶段")
    name = Part(NameSchema, required=True, title="名称")
    unit = _unit()
    amount = _amount()
    from_ = Text(CODE, max_length=40, required=True, data_key="from", title="起")
    until = Option(
        {step: _STEP_WORDS[step] for step in (*END_STEPS, DONE_BY_HANDLER)}, required=True, title="止于"
    )


class ConditionSchema(Section):
    constraints: ClassVar[Mapping[str, Any]] = {"oneOf": [{"required": ["limit"]}, {"required": ["limits"]}]}
    short_pointers: ClassVar[Mapping[str, str]] = {"/limits/0": "/limit"}

    code = Text(CODE, max_length=40, required=True, title="编码")
    name = Part(NameSchema, required=True, title="名称")
    limit = Part(LimitSchema, title="时限")
    limits = Items(
        Part(StageSchema),
        min_items=1,
        max_items=12,
        noun=Noun("limit", ("limit", "时限"), key="stage", changed="limit_moved"),
        title=("limits by stage", "分阶段时限"),
    )

    def comparable(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a filing condition with `limit` replaced by the equivalent list `limits`.

        The list has one stage, the handling. A condition that has no `limit` is returned unchanged.
        """
        if "limit" not in data:
            return data
        handling = {"stage": HANDLE_STAGE, **data["limit"], "from": "filed", "until": "fed_back"}
        return {name: value for name, value in data.items() if name != "limit"} | {"limits": [handling]}


def condition_faults(path: str, condition: dict[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each missing or contradictory limit of one filing condition."""
    has_single, has_list = "limit" in condition, "limits" in condition
    if not (has_single or has_list):
        yield Fault(at(path, "limit"), "missing", "is required, or limits")
    if has_single and has_list:
        yield Fault(at(path, "limit"), "limit_beside_limits", "must be left out beside limits")
    if isinstance(condition.get("limits"), list):
        yield from _stage_faults(at(path, "limits"), condition["limits"])


def _stage_faults(path: str, raw_stages: list[Any]) -> Iterator[Fault]:
    stages = [
        (at(path, stage_path), item) for stage_path, item in enumerate(raw_stages) if isinstance(item, dict)
    ]
    names = [(at(stage_path, "stage"), item.get("stage")) for stage_path, item in stages]
    yield from repeated([(stage_path, name) for stage_path, name in names if isinstance(name, str)], "stage")
    if all(name != HANDLE_STAGE for _, name in names):
        yield Fault(path, "handle_missing", f"must have a stage {HANDLE_STAGE}: the limit on the whole")
    earlier_stages: list[str] = []
    for stage_path, item in stages:
        start, end, stage_name = item.get("from"), item.get("until"), item.get("stage")
        if stage_name == HANDLE_STAGE and (start, end) != ("filed", "fed_back"):
            yield Fault(stage_path, "handle_not_whole", "must count from filed until fed_back")
        if isinstance(stage_name, str) and stage_name in (*STEPS, DONE_BY_HANDLER):
            yield Fault(at(stage_path, "stage"), "stage_is_a_step", f"{stage_name} is a step of the case")
        if stage_name == VERIFY:
            yield Fault(
                at(stage_path, "stage"),
                "stage_of_verifying",
                "is the limit that lifecycle.verify.limit names",
            )
        if isinstance(start, str) and start not in START_STEPS and start not in earlier_stages:
            yield Fault(
                at(stage_path, "from"),
                "stage_unknown",
                f"{start!r} is neither a step nor a stage listed before",
            )
        if start in START_STEPS and end in END_STEPS and STEPS.index(start) >= STEPS.index(end):
            yield Fault(at(stage_path, "until"), "ends_before_it_begins", f"must come after {start}")
        if isinstance(stage_name, str) and stage_name != HANDLE_STAGE:
            earlier_stages.append(stage_name)


def parse_limits(condition: dict[str, Any]) -> tuple[Limit, tuple[StageLimit, ...]]:
    """Parse the time limits of a filing condition.

    A filing condition (立案条件) says which cases of a category are accepted, and when they are due.

    Return (limit of the handling, limits of the other stages in their order).
    """
    if "limit" in condition:
        return read_limit(condition["limit"]), ()
    stages = [
        StageLimit(
            stage["stage"],
            {"zh": stage["name"]["zh"], "en": stage["name"]["en"]},
            read_limit(stage),
            stage["from"],
            stage["until"],
        )
        for stage in condition["limits"]
    ]
    (handling_limit,) = [stage.limit for stage in stages if stage.stage == HANDLE_STAGE]
    return handling_limit, tuple(stage for stage in stages if stage.stage != HANDLE_STAGE)


def read_limit(data: dict[str, Any]) -> Limit:
    """Convert an object with `unit` and `amount`, already valid by `LimitSchema`, to a `Limit`."""
    return Limit(LimitUnit(data["unit"]), data["amount"])
