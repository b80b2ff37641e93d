"""Errors raised when a rule does not allow a worker or unit to get a case. Pure."""

from typing import Any

from app.core.errors import Conflict

_WORKER, _UNIT = {"en": "this worker", "zh": "该人员"}, {"en": "this unit", "zh": "该单位"}
REASONS: dict[str, tuple[str, str]] = {
    # reason: (English, Chinese)
    "about_subject": ("the case is about this worker or their unit", "案卷涉及其本人或其单位"),
    "checked_it": ("the worker passed the check that is contested now", "被提出异议的核查由其通过"),
    "conflict_of_interest": ("the worker declared a conflict of interest", "其已声明存在利益冲突"),
    "could_not_get_there": ("the worker could not get to the place and gave the case back", "其因无法到达现场已交回"),
    "declined": ("the worker declined the case", "其已谢绝该案卷"),
    "duty_too_long": ("the worker has reached the maximum time on duty", "其连续在岗已达上限"),
    "found_nothing": ("the worker did the verification that is contested now", "被提出异议的核实由其作出"),
    "full": ("the worker has no capacity left", "其已满负荷"),
    "gave_it_on": ("the worker accepted the case before and gave it up", "其曾承接案卷，后退回或转出"),
    "handled_it": ("the worker handled the case", "其是该案卷的处置人"),
    "is_second": ("the worker is the second worker of the case", "其为该案卷协助人"),
    "lacks_skill": ("the worker lacks a skill that the case requires", "其不具备该案卷所需技能"),
    "leads_it": ("the worker is the lead worker of the case", "其为该案卷主办人"),
    "moved_on": ("the rules reassigned the case from this worker", "案卷已按规则由其改派他人"),
    "not_mine_to_do": ("the worker could not handle the case and gave it back", "其因本人无法处理已交回"),
    "off_duty": ("the worker is off duty", "其未在岗"),
    "offer_expired": ("the worker had an offer and did not answer in time", "其收到派遣单后逾时未答复"),
    "other_city": (
        "the worker works for another city, and the two cities have no agreement to help each other",
        "其属于其他城市，两地未约定互助",
    ),
    "reported_it": ("the worker reported the case", "其是该案卷的上报人"),
    "too_little_rest": ("the worker has not rested long enough since the last duty", "其上次下岗后休息不足"),
    "unavailable": ("the worker is not available now", "其此刻不便承办"),
    "undelivered": ("the offer did not reach the phone of the worker", "派遣单未能送达其手机"),
    "verified_it": ("the worker verified the case", "其是该案卷的核实人"),
}  # fmt: skip
_BY_RULE = ("a rule of dispatch excludes the worker", "派遣规则将其排除")
_ABOUT_UNIT = ("the case is about this unit, or about a person who directs it", "案卷涉及该单位或其管理人员")


def worker_not_eligible(reason: str, **extra: Any) -> Conflict:
    """Return the error (409) for a worker whom a rule of dispatch excludes.

    Args:
        extra: Further members of the error body.
    """
    return _not_eligible(_WORKER, reason, REASONS.get(reason, _BY_RULE), extra)


def subject_unit_not_eligible() -> Conflict:
    """Return the error (409) for giving a case to the unit that the case is about."""
    return _not_eligible(_UNIT, "about_subject", _ABOUT_UNIT, {})


def _not_eligible(to: dict[str, str], reason: str, words: tuple[str, str], extra: dict[str, Any]) -> Conflict:
    reason_words = {"en": words[0], "zh": words[1]}
    return Conflict("worker_not_eligible", to=to, reason=reason_words, extra={"reason": reason} | extra)
