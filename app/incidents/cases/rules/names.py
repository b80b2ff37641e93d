"""Names of states, transitions and relations for people, and the error of a refused transition."""

from collections.abc import Collection, Sequence

from app.core.errors import Conflict
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
    "on_books": ("On the books", "挂账"),
    "rework": ("Rework", "返工"),
    "force_closed": ("Force-closed", "强制结案"),
}
TRANSITION_NAMES = {
    "accept": "接受",
    "verify": "核实",
    "check": "核查",
    "correct": "更正",
    "verify_exists": "核实：属实",
    "verify_not_exist": "核实：不属实",
    "verify_unable": "无法核实",
    "assign_verify": "指派核实人",
    "start": "开始处置",
    "stage_done": "阶段完成",
    "feed_back": "反馈",
    "check_pass": "核查通过",
    "check_fail": "核查不通过",
    "check_unable": "无法核查",
    "return": "退回",
    "reassign": "改派",
    "redispatch": "重新派遣",
    "assign_check": "指派核查人",
    "assign_second": "指派协助人",
    "send_second": "派遣协助人",
    "second_done": "协助人反馈",
    "propose": "提出拟派人选",
    "confirm": "确认拟派人选",
    "add_unit": "增加协办单位",
    "withdraw_unit": "撤回协办单位",
    "waive_parts": "不再等待协办",
    "make_lead": "变更主办单位",
    "accept_part": "接受协办",
    "part_done": "协办完成",
    "part_return": "退回协办",
    "withdraw_part": "撤回协办",
    "not_file": "不予立案",
    "urge": "催办",
    "supervise": "督办",
    "end_supervision": "解除督办",
    "ask_extension": "申请延期",
    "grant_extension": "同意延期",
    "refuse_extension": "不同意延期",
    "put_on_books": "挂账",
    "take_from_books": "销账恢复",
    "review_due": "到期复核",
    "supervision_due": "督办到期",
    "contest": "上报人异议",
    "defer": "缓办",
    "resume": "恢复办理",
    "force_close": "强制结案",
    "note": "备注",
    "report": "上报",
    "file": "立案",
    "dispatch": "派遣",
    "wait": "等待处理",
    "give_up": "无人承办",
    "withdraw": "撤回派遣",
    "decline": "谢绝",
    "expire": "逾时未答复",
    "en_route": "出发",
    "on_scene": "到场",
    "fail": "交回",
    "move_on": "按规则改派",
    "override": "越过规则指派",
    "pin": "指定承办人",
    "unpin": "取消指定承办人",
    "lock": "锁定",
    "unlock": "解除锁定",
    "fix_on_spot": "当场处置",
    "send_to_check": "送核查",
    "send_to_verify": "送核实",
    "close_unsampled": "未抽中核查，结案",
    "close_imported": "导入结案",
    "warn": "到期提醒",
    "overdue": "超期",
    "escalate": "逐级上报",
    "recategorise": "更改类别",
    "relocate": "更改位置",
    "rehome": "随区划调整",
    "link_component": "关联部件",
    "change_owner": "更改责任单位",
    "merge": "并入其他案卷",
    "take_in": "其他案卷并入",
    "unmerge": "从并案中拆出",
    "give_out": "其他案卷拆出",
    "join": "再次上报",
    "link": "关联",
    "unlink": "取消关联",
    "reply": "回复上报人",
}


RELATIONS: dict[Relation, tuple[str, str]] = {
    # who: (English, Chinese)
    Relation.ANYONE: ("anyone who can see the case", "能看到该案卷的人员"),
    Relation.OFFERED: ("the worker with the offer", "收到派遣单的人员"),
    Relation.HANDLER: ("the handler", "承办人"),
    Relation.PART_ASKED: ("a member of the joint unit", "协办单位的成员"),
    Relation.PART_HOLDER: ("the handler of the joint part", "协办承办人"),
    Relation.SECOND: ("the second worker", "协助人"),
    Relation.CHECKER: ("the checker", "核查人"),
    Relation.VERIFIER: ("the verifier", "核实人"),
    Relation.REPORTER: ("the reporter", "上报人"),
    Relation.DIRECTOR: ("a supervisor of its area", "所在区域的督导员"),
    Relation.SYSTEM: ("the system", "系统"),
}


def illegal_transition(
    status: str,
    action: str,
    allowed: Sequence[str] = ("note",),
    *,
    states: Collection[Status] | None = None,
) -> Conflict:
    """Return the refusal of a step, which lists the steps that the actor may take now.

    `because` is `role` if the state allows the step to others, whom `who` lists, else `state`, with the `states` that allow it.
    All of it follows from the transition table; nobody's relation to this case is disclosed. `states`: those that allow an
    action that is not in the table.
    """
    english, chinese = STATUSES[status]
    params = {
        "status": {"en": english, "zh": chinese},
        "step": {"en": action.replace("_", " "), "zh": TRANSITION_NAMES.get(action, action)},
    }
    relations = [] if states is not None else lifecycle.relations_allowed(action, Status(status))
    if relations:
        relation_names = {
            "en": " or ".join(RELATIONS[relation][0] for relation in relations),
            "zh": "或".join(RELATIONS[relation][1] for relation in relations),
        }
        extra = {"because": "role", "who": [relation.value for relation in relations]}
        return Conflict(
            "transition_not_yours", **params, who=relation_names, extra={"allowed": list(allowed)} | extra
        )
    allowing_states = [state.value for state in Status if state in (states or lifecycle.states_of(action))]
    extra = {"because": "state", "states": allowing_states}
    return Conflict("transition_illegal", **params, extra={"allowed": list(allowed)} | extra)
