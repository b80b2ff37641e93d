"""Why a case waits for a supervisor, as a sentence."""

WAITING: dict[str, dict[str, str]] = {
    "no_grid": {
        "en": "The place lies in no grid: choose a worker or a unit, or correct the place.",
        "zh": "位置不在任何网格内：请指定网格员或责任单位，或更正位置。",
    },
    "nobody_eligible": {
        "en": "Nobody can take it now: all have declined, have no room or lack the skill.",
        "zh": "目前无人可承接：均已谢绝、满负荷或不具备所需技能。",
    },
    "nobody_on_duty": {
        "en": "Nobody around is on duty; it is offered as soon as somebody is.",
        "zh": "附近无人在岗；一旦有人到岗即自动派出。",
    },
    "nobody_skilled": {
        "en": "Nobody on duty in the district has the skill that it needs; it is offered as soon as somebody has.",
        "zh": "本区在岗人员均不具备所需技能；一旦有具备者到岗即自动派出。",
    },
    "all_excluded": {
        "en": "Everyone on duty was asked already or may not have it: choose a worker or a unit.",
        "zh": "在岗人员均已询问过或须回避：请指定网格员或责任单位。",
    },
    "everyone_full": {
        "en": "Everyone who could take it has no room left; it is offered as soon as somebody has.",
        "zh": "可承接人员均已满负荷；一旦有人有余力即自动派出。",
    },
    "outranked": {
        "en": "The room that was left went to what is more pressing; it is next in line.",
        "zh": "剩余人力已分配给更紧急的案卷；本案卷继续排队。",
    },
    "asked_enough": {
        "en": "Enough people were asked in vain, so nobody is asked any more: choose a worker or a unit.",
        "zh": "已多轮派遣无人承接，不再自动派遣：请指定网格员或责任单位。",
    },
    "conduct": {
        "en": "It is about a person or a unit, so nobody is asked by the rules: decide who looks into it.",
        "zh": "案卷涉及人员或单位，不自动派遣：请决定由谁核实处理。",
    },
    "returned": {
        "en": "It was returned: read the reason and give it to whom it belongs.",
        "zh": "案卷已被退回：请查看理由并改派。",
    },
    "contested": {
        "en": "Its reporter contests how it ended: read why, and decide what becomes of it. Whoever ended it does not.",
        "zh": "上报人对办理结果提出异议：请查看理由并决定如何办理；原决定人不参与裁定。",
    },
    "review_due": {
        "en": "It was put off or put on the books, and its date has come: go on with it, or set another date.",
        "zh": "缓办或挂账案卷已到复核日期：请恢复办理，或另定日期。",
    },
    "supervision_due": {
        "en": "It is under supervision, and the time until which is over: supervise it anew, or end that.",
        "zh": "督办期限已到：请重新督办或解除督办。",
    },
    "not_admitted": {
        "en": "Grids are not asked about such matters, and no unit owns it: choose a unit.",
        "zh": "该类事项不在网格准入清单内，且无责任单位：请指定责任单位。",
    },
    "no_checker": {
        "en": "It is handled, and nobody but the handler is free to check it: choose a checker.",
        "zh": "已处置，但除处置人外无人可核查：请指定核查人。",
    },
    "no_verifier": {
        "en": "It is to be verified before it is filed, and nobody but its reporter is free: choose somebody, or file it.",
        "zh": "立案前须核实，但除上报人外无人可核实：请指定核实人，或直接立案。",
    },
    "no_second": {
        "en": "It takes two people, and nobody but the lead is free: choose a second.",
        "zh": "该事项需两人办理，目前仅有主办人：请指定协办人。",
    },
    "part_returned": {
        "en": "A unit has returned its part: read the reason, then add a unit, or go on without it.",
        "zh": "有协办单位退回了任务：请查看理由，另派协办单位，或决定不再等待。",
    },
    "proposed": {
        "en": "The rules have chosen somebody: confirm, or choose another; else she is asked by herself when the time is over.",
        "zh": "系统已拟派人选：请确认或改派；逾时未处理则自动派遣。",
    },
    "check_due": {
        "en": "It was put right on the spot and was drawn for a check; a checker is being asked.",
        "zh": "现场已处置，被抽中核查；正在安排核查人。",
    },
    "waits_for_pinned": {
        "en": "It is pinned to somebody who cannot take it now; it is offered to her as soon as she can.",
        "zh": "案卷已指定承办人，其目前无法承接；一旦可以承接即自动派出。",
    },
    "locked": {
        "en": "It is locked, so nobody is asked by the rules: unlock it, or choose a worker or a unit.",
        "zh": "案卷已锁定，不自动派遣：请解除锁定，或指定网格员、责任单位。",
    },
    "imported": {
        "en": "It was brought over from another system; nobody is asked until you dispatch it.",
        "zh": "案卷由其他系统导入；在您派遣之前不会通知任何人。",
    },
}
