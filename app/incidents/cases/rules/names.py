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
    "fed_back": ("Fed back", "已反馈"),
    "checking": ("Being checked", "核查中"),
    "closed": ("Closed", "已结案"),
    "returned": ("Returned", "已退回"),
    "deferred": ("Deferred", "缓办"),
    "on_books": ("On the books", "挂账"),
    "rework": ("Rework", "返工"),
    "force_closed": ("Closed by order", "强制结案"),
}
STEPS = {
    "accept": "接受",
    "verify": "核实",
    "check": "核查",
    "correct": "更正",
    "verify_exists": "核实属实",
    "verify_not_exist": "核实不属实",
    "verify_unable": "无法核实",
    "assign_verify": "指派核实",
    "start": "开始处置",
    "stage_done": "阶段完成",
    "feed_back": "反馈",
    "check_pass": "核查通过",
    "check_fail": "核查不通过",
    "check_unable": "无法核查",
    "return": "退回",
    "reassign": "改派",
    "redispatch": "重新派遣",
    "assign_check": "指派核查",
    "assign_second": "指派协办",
    "send_second": "派遣协办",
    "second_done": "协办人反馈",
    "propose": "拟派",
    "confirm": "确认拟派",
    "add_unit": "增加协办单位",
    "withdraw_unit": "撤回协办单位",
    "waive_parts": "免等协办",
    "make_lead": "指定牵头单位",
    "accept_part": "接受协办",
    "part_done": "协办完成",
    "part_return": "退回协办",
    "withdraw_part": "协办重新派遣",
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
    "resume": "恢复",
    "force_close": "强制结案",
    "note": "备注",
    "report": "上报",
    "file": "立案",
    "dispatch": "派遣",
    "wait": "等待",
    "give_up": "无人承接",
    "withdraw": "撤回派遣",
    "decline": "拒绝",
    "expire": "派遣超时",
    "en_route": "出发",
    "on_scene": "到达现场",
    "fail": "无法承办",
    "move_on": "自动改派",
    "override": "越规指派",
    "pin": "指定承办人",
    "unpin": "取消指定",
    "lock": "锁定派遣",
    "unlock": "解除锁定",
    "fix_on_spot": "当场处置",
    "send_to_check": "送核查",
    "send_to_verify": "送核实",
    "close_unsampled": "免检结案",
    "close_imported": "导入时已结案",
    "warn": "预警",
    "overdue": "超期",
    "escalate": "升级督办",
    "recategorise": "更正类别",
    "relocate": "更正位置",
    "rehome": "网格调整",
    "link_component": "关联部件",
    "change_owner": "更改责任单位",
    "merge": "并案",
    "take_in": "并入",
    "unmerge": "撤销并案",
    "give_out": "移出",
    "join": "再次上报",
    "link": "关联案卷",
    "unlink": "解除关联",
    "reply": "回复上报人",
}


RELATIONS: dict[Relation, tuple[str, str]] = {
    # who: (English, Chinese)
    Relation.ANYONE: ("whoever sees it", "能看到该案卷的人员"),
    Relation.OFFERED: ("whoever it is offered to", "被征询人"),
    Relation.HANDLER: ("whoever handles it", "承办人"),
    Relation.PART_ASKED: ("a member of a unit that was asked for a part", "被要求协办单位的成员"),
    Relation.PART_HOLDER: ("whoever has a unit's part", "协办承办人"),
    Relation.SECOND: ("the second", "协办人"),
    Relation.CHECKER: ("whoever checks it", "核查人"),
    Relation.VERIFIER: ("whoever verifies it", "核实人"),
    Relation.REPORTER: ("whoever reported it", "上报人"),
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
        "step": {"en": action.replace("_", " "), "zh": STEPS.get(action, action)},
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
