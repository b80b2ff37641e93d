"""Generator of docs/zh/lifecycle.md, the transition table in Chinese. Pure."""

from app.core.markdown import table_rows
from app.incidents.cases.rules.lifecycle import OPEN, RESULTS, Relation, Status
from app.incidents.cases.rules.names import RELATIONS, STATUSES, TRANSITION_NAMES
from app.incidents.cases.rules.wire_actions import WIRE_TRANSITIONS, WireTransition

_INTRODUCTION = """# 案卷的生命周期

本页写给需要了解案卷流转的人员：有哪些状态，哪一步由谁办理，办理后成为什么状态。

本页由 `gridward docs lifecycle-zh` 根据 `app/incidents/cases/rules/lifecycle.py` 中的流转表生成，并有测试核对。
字段和接口的说明见英文页 [Life cycle of a case](../reference/lifecycle.md)，用语见[术语表](glossary.md)。

通常的顺序是：上报 → 立案 → 派遣 → 接受 → 处置 → 反馈 → 核查 → 结案。核查不通过的返工，单位认为不属于自己的退回。
"""
_NOTES = """- “不变”表示状态不变。
- 立案后系统按规则派遣，反馈后系统按规则安排核查，采集后系统按规则安排核实；因此状态可能随即改变。
- 恢复办理时，在单位队列中的案卷成为“已派遣”，无人承办的成为“已立案”。
- 对已结案的异议，按辖区规则可能成为“已退回”；从未立案的，成为“已采集”。
- 退回时指明单位的成为“已派遣”，退回次数过多的除外。
"""


def chinese_lifecycle_page() -> str:
    """Return the page docs/zh/lifecycle.md in Markdown."""
    statuses = [(title[1], f"`{code}`", "" if code in OPEN else "是") for code, title in STATUSES.items()]
    relations = [
        (RELATIONS[relation][1], f"`{relation}`") for relation in Relation if relation is not Relation.SYSTEM
    ]
    rows = [cells for row in WIRE_TRANSITIONS for cells in _rows(row)]
    return "\n".join(
        (
            _INTRODUCTION,
            "## 状态\n",
            *table_rows(("状态", "代码", "已结束"), statuses),
            "\n## 步骤\n",
            _NOTES,
            *table_rows(("步骤", "代码", "办理前", "办理后", "由谁办理"), rows),
            "\n## 由谁办理\n",
            *table_rows(("人员", "代码"), relations),
            "",
        )
    )


def _rows(row: WireTransition) -> list[tuple[str, ...]]:
    people = "、".join(RELATIONS[Relation(relation)][1] for relation in row.by)
    sources = _sources(row)
    if not row.results:
        return [(TRANSITION_NAMES[row.action][1], f"`{row.action}`", sources, _title(row.to), people)]
    return [
        (
            TRANSITION_NAMES[RESULTS[row.action][each.result]][1],
            f"`{row.action}` `{each.result}`",
            sources,
            _title(each.to),
            people,
        )
        for each in row.results
    ]


def _title(status: Status | None) -> str:
    return STATUSES[status][1] if status else "不变"


def _sources(row: WireTransition) -> str:
    """Return the text for the states from which an action is allowed."""
    if set(row.sources) == set(Status):
        return "任何状态"
    if set(row.sources) == OPEN:
        return "任何在办状态"
    return "、".join(STATUSES[status][1] for status in row.sources)
