"""The sentences of reports of one matter, and of signals."""

REPORT_MESSAGES: dict[str, tuple[str, str]] = {
    "reporter_is_staff": (
        "This was reported by an account of yours: it is a record of work, and nobody is erased.",
        "该案卷由工作账号上报，属于工作记录，不作清除。",
    ),
    "reporter_erased": ("This reporter was erased before.", "该上报人的信息此前已清除。"),
    "erasure_ledger_unavailable": (
        "Nobody was erased, because the ledger of erasures cannot be written; tell whoever runs the server.",
        "清除台账无法写入，未作任何清除，请联系系统管理人员。",
    ),
    # code: (English, Chinese)
    "join_of_ended": (
        "Case {case_no} has ended; report what you see as a new one.",
        "案卷 {case_no} 已结束，请将所见情况作为新案上报。",
    ),
    "join_of_confidential": (
        "Nobody joins a matter about somebody, or a confidential one; report it by itself.",
        "涉及特定对象或保密的案卷不能追加上报，请单独上报。",
    ),
    "joined_before": (
        "This person has a report on case {case_no} already; add a note to it.",
        "该人员已就案卷 {case_no} 上报过，请改为添加备注。",
    ),
    "category_filed_unclassified": (
        "The rules in force have no such category: the case was filed as unclassified, with the limits and skills of that.",
        "现行规则没有该类别，案卷已按“未分类”立案，适用未分类的时限与技能。",
    ),
    "point_at_zero": (
        "The point is at 0/0, which is where phones without a fix are. Correct the place of the case.",
        "坐标为 0/0，通常是手机未定位所致。请更正案卷位置。",
    ),
    "point_in_no_area": (
        "The point is in no area: the case waits for a supervisor. Check longitude, latitude and coord_sys.",
        "该点不在任何区域内，案卷等待督导员处理。请核对经纬度与坐标系。",
    ),
    "point_in_other_jurisdiction": (
        "The point is in a jurisdiction where you look after nothing.",
        "该点位于您不负责的辖区。",
    ),
    "on_the_spot_not_admitted": (
        "The rules of this category do not let it count as handled on the spot; what you did was kept as a note.",
        "该类别的规则不允许当场处置结案，您的处置已作为备注保存。",
    ),
    "on_the_spot_about_somebody": (
        "A case about somebody is never handled on the spot; what you did was kept as a note.",
        "涉及特定对象的案卷不能当场处置，您的处置已作为备注保存。",
    ),
    "on_the_spot_no_grid": (
        "The point is in no grid, so it does not count as handled on the spot; what you did was kept as a note.",
        "该点不在任何网格内，不能当场处置结案，您的处置已作为备注保存。",
    ),
    "on_the_spot_no_worker": (
        "Only a grid worker of this jurisdiction handles on the spot; what you did was kept as a note.",
        "仅本辖区网格员可当场处置，您的处置已作为备注保存。",
    ),
    "already_linked": (
        "These cases are linked already.",
        "两个案卷已关联。",
    ),
    "not_linked": (
        "These cases are not linked.",
        "两个案卷未关联。",
    ),
}
