"""States of a case in plain words, as people without an account read them. Pure."""

from dataclasses import dataclass

from app.incidents.cases.rules.lifecycle import ENDED, Status


@dataclass(frozen=True, slots=True)
class PlainState:
    """A state in plain words.

    Attributes:
        code: Stable code.
        is_open: The case has not ended.
        title, text: Short and long words by language (`zh`, `en`).
    """

    code: str
    is_open: bool
    title: dict[str, str]
    text: dict[str, str]


def _state(code: str, zh: str, en: str, zh_text: str, en_text: str, *, is_open: bool = True) -> PlainState:
    return PlainState(code, is_open, {"zh": zh, "en": en}, {"zh": zh_text, "en": en_text})


RECEIVED = _state(
    "received",
    "已收到",
    "Received",
    "上报已收到，等待安排。",
    "The report was received. It waits for a worker.",
)
VERIFYING = _state(
    "verifying",
    "正在核实",
    "Being verified",
    "网格员将到现场核实。",
    "A worker looks at the place whether the report is true.",
)
IN_PROGRESS = _state(
    "in_progress",
    "处理中",
    "In progress",
    "已安排人员或单位处理。",
    "A worker or a unit deals with it.",
)
POSTPONED = _state(
    "postponed",
    "延后处理",
    "Postponed",
    "暂时无法处理，将在确定的日期再次安排。",
    "It cannot be dealt with now. A date for another look is set.",
)
CHECKING = _state(
    "checking",
    "已处理，正在核查",
    "Handled, being checked",
    "处理人员表示已完成，另有人员核查。",
    "The handler says that it is done. Another person checks it.",
)
SOLVED = _state(
    "solved",
    "已解决",
    "Solved",
    "案卷已结案。",
    "The case is closed.",
    is_open=False,
)
NOT_ACCEPTED = _state(
    "not_accepted",
    "不予受理",
    "Not accepted",
    "该上报未立案，理由见下。",
    "The report did not become a case. The reason is given.",
    is_open=False,
)
ENDED_UNSOLVED = _state(
    "ended",
    "已终止",
    "Ended",
    "案卷由督导员终止，理由见下。",
    "A supervisor ended the case. The reason is given.",
    is_open=False,
)

BY_STATUS: dict[Status, PlainState] = {
    Status.COLLECTED: RECEIVED,
    Status.FILED: RECEIVED,
    Status.VERIFYING: VERIFYING,
    Status.DISPATCHED: IN_PROGRESS,
    Status.ACCEPTED: IN_PROGRESS,
    Status.HANDLING: IN_PROGRESS,
    Status.RETURNED: IN_PROGRESS,
    Status.REWORK: IN_PROGRESS,
    Status.DEFERRED: POSTPONED,
    Status.ON_BOOKS: POSTPONED,
    Status.FED_BACK: CHECKING,
    Status.CHECKING: CHECKING,
    Status.CLOSED: SOLVED,
    Status.NOT_FILED: NOT_ACCEPTED,
    Status.FORCE_CLOSED: ENDED_UNSOLVED,
}
STATES = tuple({state.code: state for state in BY_STATUS.values()}.values())
# States in which the clock of a case runs, so that an expected time can be stated.
CLOCK_RUNS = frozenset(
    status for status in Status if status not in ENDED and BY_STATUS[status] not in (POSTPONED, CHECKING)
)
