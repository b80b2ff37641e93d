"""Titles of states, transitions and relations, and the error for a refused transition. Pure."""

from collections.abc import Collection, Sequence

from app.core.errors import Conflict
from app.core.wording import listed
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.lifecycle import Relation, Status

STATUSES: dict[str, tuple[str, str]] = {
    # state: (English, Chinese)
    "collected": ("Collected", "已采集"),
    "verifying": ("Being verified", "核实中"),
    "filed": ("Filed", "已立案"),
    "not_filed": ("Not filed", "不予立案"),
    "dispatched": ("Dispatched", "已派遣"),
    "accepted": ("Accepted", "已接受"),
    "handling": ("Being handled", "处置中"),
    "fed_back": ("Feedback submitted", "已反馈"),
    "checking": ("Being checked", "核查中"),
    "closed": ("Closed", "已结案"),
    "returned": ("Returned", "已退回"),
    "deferred": ("Deferred", "已缓办"),
    "on_books": ("On long-term hold", "挂账"),
    "rework": ("Rework", "返工"),
    "force_closed": ("Force-closed", "强制结案"),
}
TRANSITION_NAMES: dict[str, tuple[str, str]] = {
    # step: (English, Chinese)
    "accept": ("Accept", "接受"),
    "verify": ("Verify", "核实"),
    "check": ("Check", "核查"),
    "correct": ("Correct", "更正"),
    "verify_exists": ("Verified: as reported", "核实：属实"),
    "verify_not_exist": ("Verified: not as reported", "核实：不属实"),
    "verify_unable": ("Unable to verify", "无法核实"),
    "assign_verify": ("Assign a verifier", "指派核实人"),
    "start": ("Start handling", "开始处置"),
    "stage_done": ("Stage finished", "阶段完成"),
    "feed_back": ("Submit feedback", "反馈"),
    "check_pass": ("Check passed", "核查通过"),
    "check_fail": ("Check failed", "核查不通过"),
    "check_unable": ("Unable to check", "无法核查"),
    "return": ("Return", "退回"),
    "reassign": ("Reassign", "改派"),
    "redispatch": ("Dispatch again", "重新派遣"),
    "assign_check": ("Assign a checker", "指派核查人"),
    "assign_second": ("Assign a second worker", "指派协助人"),
    "send_second": ("Second worker dispatched", "派遣协助人"),
    "second_done": ("Second worker's feedback", "协助人反馈"),
    "propose": ("Worker proposed", "提出拟派人选"),
    "confirm": ("Confirm the proposed worker", "确认拟派人选"),
    "add_unit": ("Add a unit", "增加协办单位"),
    "withdraw_unit": ("Withdraw a unit", "撤回协办单位"),
    "waive_parts": ("Continue without open parts", "不再等待协办"),
    "make_lead": ("Change the lead unit", "变更主办单位"),
    "accept_part": ("Accept the part", "接受协办"),
    "part_done": ("Part done", "协办完成"),
    "part_return": ("Return the part", "退回协办"),
    "withdraw_part": ("Part withdrawn", "撤回协办"),
    "not_file": ("Do not file", "不予立案"),
    "urge": ("Urge", "催办"),
    "supervise": ("Supervise", "督办"),
    "end_supervision": ("End supervision", "解除督办"),
    "ask_extension": ("Request an extension", "申请延期"),
    "grant_extension": ("Grant the extension", "同意延期"),
    "refuse_extension": ("Refuse the extension", "不同意延期"),
    "put_on_books": ("Put on long-term hold", "挂账"),
    "take_from_books": ("End the long-term hold", "销账恢复"),
    "review_due": ("Review due", "到期复核"),
    "supervision_due": ("Supervision period ended", "督办到期"),
    "contest": ("Contested by the reporter", "上报人异议"),
    "defer": ("Defer", "缓办"),
    "resume": ("Resume", "恢复办理"),
    "force_close": ("Force close", "强制结案"),
    "note": ("Note", "备注"),
    "report": ("Reported", "上报"),
    "file": ("File", "立案"),
    "dispatch": ("Dispatched", "派遣"),
    "wait": ("Waiting", "等待处理"),
    "give_up": ("No worker found", "无人承办"),
    "withdraw": ("Offer withdrawn", "撤回派遣"),
    "decline": ("Declined", "谢绝"),
    "expire": ("Offer expired", "逾时未答复"),
    "en_route": ("Set out", "出发"),
    "on_scene": ("Arrived", "到场"),
    "fail": ("Given back", "交回"),
    "move_on": ("Reassigned by rule", "按规则改派"),
    "override": ("Assign against the rules", "越过规则指派"),
    "pin": ("Reserve for a worker", "指定承办人"),
    "unpin": ("End the reservation", "取消指定承办人"),
    "lock": ("Lock dispatch", "锁定"),
    "unlock": ("Unlock dispatch", "解除锁定"),
    "fix_on_spot": ("Handled on the spot", "当场处置"),
    "send_to_check": ("Sent for a check", "送核查"),
    "send_to_verify": ("Sent for verification", "送核实"),
    "close_unsampled": ("Closed without a check", "未抽中核查，结案"),
    "close_imported": ("Closed by import", "导入结案"),
    "warn": ("Deadline warning", "到期提醒"),
    "overdue": ("Overdue", "超期"),
    "escalate": ("Escalated", "逐级上报"),
    "recategorise": ("Category changed", "更改类别"),
    "relocate": ("Place changed", "更改位置"),
    "rehome": ("Moved with its grid", "随区划调整"),
    "link_component": ("Component linked", "关联部件"),
    "change_owner": ("Owning unit changed", "更改责任单位"),
    "merge": ("Merged into another case", "并入其他案卷"),
    "take_in": ("Another case merged in", "其他案卷并入"),
    "unmerge": ("Taken out of the merge", "从并案中拆出"),
    "give_out": ("Another case taken out", "其他案卷拆出"),
    "join": ("Reported again", "再次上报"),
    "link": ("Linked", "关联"),
    "unlink": ("Link removed", "取消关联"),
    "reply": ("Reply to reporters", "回复上报人"),
}


RELATIONS: dict[Relation, tuple[str, str]] = {
    # who: (English, Chinese)
    Relation.ANYONE: ("anyone who can see the case", "能看到该案卷的人员"),
    Relation.OFFERED: ("the worker with the offer", "收到派遣单的人员"),
    Relation.HANDLER: ("the worker who has accepted the case", "承办人"),
    Relation.PART_ASKED: ("a member of the joint unit", "协办单位的成员"),
    Relation.PART_HOLDER: ("the worker who has accepted the joint part", "协办承办人"),
    Relation.SECOND: ("the second worker", "协助人"),
    Relation.CHECKER: ("the checker", "核查人"),
    Relation.VERIFIER: ("the verifier", "核实人"),
    Relation.REPORTER: ("the reporter", "上报人"),
    Relation.DIRECTOR: ("a supervisor of its area or an administrator", "所在区域的督导员或管理员"),
    Relation.SYSTEM: ("the system", "系统"),
}


def transition_name(action: str) -> dict[str, str]:
    """Return the title of a transition in both languages, or its code if it has no title."""
    english, chinese = TRANSITION_NAMES.get(action, (action.replace("_", " "), action))
    return {"en": english, "zh": chinese}


def illegal_transition(
    status: str,
    action: str,
    allowed: Sequence[str] = ("note",),
    *,
    states: Collection[Status] | None = None,
) -> Conflict:
    """Return the Conflict for an action that the state or the actor's relations do not allow.

    The error has these members:

    - `allowed`: the actions that the actor may take now;
    - `because`: `role` if actors with other relations may take the action in this state, otherwise `state`;
    - `who` (only with `role`): these other relations;
    - `states` (only with `state`): the states that allow the action.

    The last three follow from the transition table alone, so the error does not disclose who is related to the case.

    Args:
        states: The states that allow the action, if the action is not in the transition table.
    """
    english, chinese = STATUSES[status]
    params = {
        "status": {"en": english, "zh": chinese},
        "step": transition_name(action),
    }
    relations = [] if states is not None else lifecycle.relations_allowed(action, Status(status))
    if relations:
        english_names, chinese_names = zip(*(RELATIONS[relation] for relation in relations), strict=True)
        relation_names = {"en": listed(english_names, "en", "or"), "zh": listed(chinese_names, "zh")}
        extra = {"because": "role", "who": [relation.value for relation in relations]}
        return Conflict(
            "transition_not_yours", **params, who=relation_names, extra={"allowed": list(allowed)} | extra
        )
    allowing_states = [state.value for state in Status if state in (states or lifecycle.states_of(action))]
    extra = {"because": "state", "states": allowing_states}
    return Conflict("transition_illegal", **params, extra={"allowed": list(allowed)} | extra)
