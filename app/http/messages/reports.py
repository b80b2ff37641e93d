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
    "already_linked": (
        "These cases are linked already.",
        "两个案卷已关联。",
    ),
    "not_linked": (
        "These cases are not linked.",
        "两个案卷未关联。",
    ),
}
