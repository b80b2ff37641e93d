"""Sentences that explain to a supervisor why a case waits. No database is used."""

WAITING_SENTENCES: dict[str, dict[str, str]] = {
    "no_grid": {
        "en": "The place is in no grid. Choose a worker or a unit, or correct the place.",
        "zh": "位置不在任何网格内。请指定外勤人员或责任单位，或更正位置。",
    },
    "nobody_eligible": {
        "en": "No worker can accept the case now: all have declined, have no capacity left or lack the skill.",
        "zh": "目前无人可承接：均已谢绝、满负荷或不具备所需技能。",
    },
    "nobody_on_duty": {
        "en": "No worker nearby is on duty. An offer is sent as soon as one is.",
        "zh": "附近无人在岗；一旦有人上岗即自动派遣。",
    },
    "nobody_skilled": {
        "en": "No worker on duty in the district has the required skill. An offer is sent as soon as one has.",
        "zh": "本区在岗人员均不具备所需技能；一旦有具备者上岗即自动派遣。",
    },
    "all_excluded": {
        "en": "Every worker on duty had an offer before or is excluded from the case. Choose a worker or a unit.",
        "zh": "在岗人员均已收到过派遣单或须回避。请指定外勤人员或责任单位。",
    },
    "everyone_full": {
        "en": "No eligible worker has capacity left. An offer is sent as soon as one has.",
        "zh": "可承接人员均已满负荷；一旦有人有余力即自动派遣。",
    },
    "outranked": {
        "en": "The remaining capacity was used for more urgent cases. The case is next in the queue.",
        "zh": "剩余人力已分配给更紧急的案卷；本案卷继续排队。",
    },
    "asked_enough": {
        "en": "The maximum number of offers was reached without an acceptance, so no more are sent. Choose a "
        "worker or a unit.",
        "zh": "已多轮派遣无人承接，不再自动派遣。请指定外勤人员或责任单位。",
    },
    "conduct": {
        "en": "The case is about a person or a unit, so the rules do not dispatch it. Decide who handles it.",
        "zh": "案卷涉及人员或单位，不自动派遣：请决定由谁核实处理。",
    },
    "returned": {
        "en": "The case was returned. Read the reason and reassign it.",
        "zh": "案卷已被退回：请查看理由并改派。",
    },
    "contested": {
        "en": "The reporter contests the closure of the case. Read the reason and decide how to continue. The "
        "person who closed it cannot decide.",
        "zh": "上报人对结案提出异议。请查看理由并决定如何办理；原决定人不参与裁定。",
    },
    "review_due": {
        "en": "The case was deferred or put on long-term hold, and its review date has come. Resume it, or set "
        "another date.",
        "zh": "缓办或挂账案卷已到复核日期：请恢复办理，或另定日期。",
    },
    "supervision_due": {
        "en": "The supervision period of the case has ended. Supervise it again or end the supervision.",
        "zh": "督办期限已到：请重新督办或解除督办。",
    },
    "not_admitted": {
        "en": "This category is not on the admission list of grids and has no owning unit. Choose a unit.",
        "zh": "该类别不在网格准入清单内，且无责任单位。请指定责任单位。",
    },
    "no_checker": {
        "en": "The case was handled, and no worker except the handler can check it. Choose a checker.",
        "zh": "已处置，但除处置人外无人可核查：请指定核查人。",
    },
    "no_verifier": {
        "en": "The case must be verified before it is filed, and no worker except the reporter is available. "
        "Choose a verifier, or file it.",
        "zh": "立案前须核实，但除上报人外无人可核实：请指定核实人，或直接立案。",
    },
    "no_second": {
        "en": "The case takes two workers, and only the lead worker is available. Choose a second worker.",
        "zh": "该案卷须两人处置，目前仅有主办人。请指定协助人。",
    },
    "part_returned": {
        "en": "A unit has returned its joint part. Read the reason, then add a unit or continue without it.",
        "zh": "有协办单位退回了协办任务。请查看理由，另派协办单位，或决定不再等待。",
    },
    "proposed": {
        "en": "The rules propose a worker. Confirm the worker or choose another one. Without a decision in time, "
        "the offer is sent automatically.",
        "zh": "系统已拟派人选：请确认或改派；逾时未处理则自动派遣。",
    },
    "check_due": {
        "en": "The case was handled on the spot and was selected for a check. A checker is being chosen.",
        "zh": "案卷已当场处置，被抽中核查；正在安排核查人。",
    },
    "waits_for_pinned": {
        "en": "The case is reserved for a worker who cannot accept it now. The offer is sent as soon as the worker "
        "can accept it.",
        "zh": "案卷已指定承办人，其目前无法承接；一旦可以承接即自动派出。",
    },
    "locked": {
        "en": "The case is locked, so the rules do not dispatch it. Unlock it, or choose a worker or a unit.",
        "zh": "案卷已锁定，不自动派遣。请解除锁定，或指定外勤人员、责任单位。",
    },
    "imported": {
        "en": "The case was imported from another system. No offer is sent until you dispatch it.",
        "zh": "案卷由其他系统导入；在您派遣之前不会派给任何人。",
    },
}
