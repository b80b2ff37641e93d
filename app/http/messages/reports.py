"""Messages about several reports of the same matter, and about signals."""

REPORT_MESSAGES: dict[str, tuple[str, str]] = {
    "reporter_is_staff": (
        "This case was reported with a work account. It is a record of work and is not erased.",
        "该案卷由工作账号上报，属于工作记录，不作清除。",
    ),
    "reporter_erased": ("This reporter was erased before.", "该上报人的个人信息此前已清除。"),
    "erasure_ledger_unavailable": (
        "The ledger of erasures cannot be written, so nothing was erased. Contact the operator of the server.",
        "清除台账无法写入，未作任何清除，请联系服务器运维人员。",
    ),
    # code: (English, Chinese)
    "join_of_ended": (
        "Case {case_no} has ended. Report what you see as a new case.",
        "案卷 {case_no} 已结束，请将所见情况作为新案卷上报。",
    ),
    "join_of_confidential": (
        "No report can be added to a case about a person, or to a confidential case. Report it separately.",
        "涉及特定对象或保密的案卷不能追加上报，请单独上报。",
    ),
    "reply_of_confidential": (
        "The reporters of a case about a person, or of a confidential case, get no replies here. Tell them in person.",
        "涉及特定对象或保密的案卷不能在此回复上报人，请当面或电话告知。",
    ),
    "reply_reaches_nobody": (
        "Nobody who reported this case can read a reply. Call the reporter, if there is a telephone number.",
        "该案卷没有可查看回复的上报人。如留有电话，请致电告知。",
    ),
    "joined_before": (
        "This person has reported case {case_no} already. Add a note to it instead.",
        "该人员已就案卷 {case_no} 上报过，请改为添加备注。",
    ),
    "category_filed_unclassified": (
        "The profile in force has no such category. The case was filed as unclassified, with the deadlines "
        "and skills of unclassified cases.",
        "现行辖区规则没有该类别，案卷已按“未分类”立案，适用未分类的时限与技能。",
    ),
    "point_at_zero": (
        "The point is at 0/0, which usually means that the phone had no position. Correct the place of the case.",
        "坐标为 0/0，通常是手机未定位所致。请更正案卷位置。",
    ),
    "point_in_no_area": (
        "The point is in no area, so the case waits for a supervisor. Check the longitude, the latitude "
        "and coord_sys.",
        "该点不在任何区域内，案卷等待督导员处理。请核对经纬度与坐标系。",
    ),
    "point_in_other_jurisdiction": (
        "The point is in a jurisdiction where you have no responsibility.",
        "该点位于您不负责的辖区。",
    ),
    "on_the_spot_not_admitted": (
        "This category does not allow handling on the spot. What you did was stored as a note.",
        "该类别不允许当场处置结案，您的处置已作为备注保存。",
    ),
    "on_the_spot_about_somebody": (
        "A case about a person cannot be handled on the spot. What you did was stored as a note.",
        "涉及特定对象的案卷不能当场处置，您的处置已作为备注保存。",
    ),
    "on_the_spot_no_grid": (
        "The point is in no grid, so the case cannot be handled on the spot. What you did was stored as a note.",
        "该点不在任何网格内，不能当场处置结案，您的处置已作为备注保存。",
    ),
    "on_the_spot_no_worker": (
        "Only a grid worker of this jurisdiction can handle a case on the spot. What you did was stored as a note.",
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
