"""Messages about refused state transitions of cases."""

CASE_MESSAGES: dict[str, tuple[str, str]] = {
    "case_locked": (
        "The case is locked. The rules do not dispatch it until a supervisor unlocks it.",
        "案卷已锁定，解除锁定前不会自动派遣。",
    ),
    "not_locked": ("The case is not locked.", "案卷未锁定。"),
    "not_pinned": ("The case is not reserved for a worker.", "案卷未指定承办人。"),
    "own_work_check": ("You cannot check a case that you handled.", "不能核查本人处置的案卷。"),
    "extension_pending": (
        "An extension was requested already and has not been decided yet.",
        "延期申请已提交，正待审核。",
    ),
    "extension_too_late": (
        "An extension must be requested before the deadline.",
        "须在时限届满前申请延期。",
    ),
    "extension_too_long": (
        "The requested extension is longer than one extension of this deadline may be. Refuse it and ask "
        "for a new request.",
        "所申请的延期超出该时限一次可延长的上限，请不同意该申请并要求重新申请。",
    ),
    "extended_enough": (
        "The deadline was extended {times:time|times} already. No more extensions are allowed.",
        "该案卷已延期 {times} 次，达到上限。",
    ),
    "extension_not_asked": ("No extension was requested.", "没有待审核的延期申请。"),
    "own_extension": (
        "You cannot decide on your own extension request.",
        "不能审核本人提出的延期申请。",
    ),
    "own_deferral": (
        "You cannot defer a case you are handling. Ask another supervisor of this area.",
        "不能缓办本人承办的案卷，须由本区域其他督导员决定。",
    ),
    "not_supervised": ("The case is not under supervision.", "案卷未被督办。"),
    "not_extended": (
        "A case can be put on long-term hold only after an extension did not solve it. Grant an extension first.",
        "须延期后仍无法解决的案卷方可挂账，请先同意延期。",
    ),
    "contest_too_late": (
        "The case ended more than {days:day|days} ago and can no longer be contested.",
        "结案已超过 {days} 天，不能再提出异议。",
    ),
    "own_order_contested": (
        "The contested decision is your own. Another supervisor of the area or of the level above must decide.",
        "被提出异议的是您本人作出的决定，须由本区域其他督导员或上一级裁定。",
    ),
    "category_not_admitted": (
        "This category is not on the admission list of grids. Its owning unit is {owner}.",
        "该类别不在网格准入清单内，应由{owner}办理。",
    ),
    "category_unowned": (
        "This category is not on the admission list of grids and has no owning unit yet. Choose a unit.",
        "该类别不在网格准入清单内，且尚无责任单位，请指定责任单位。",
    ),
    "second_missing": (
        "This case takes two workers, and no second worker has accepted yet. Wait, or give the "
        "reason for handling it alone (alone_reason).",
        "该案卷须两人处置，尚无协助人接受。请等待协助人，或说明单独处置的原因（alone_reason）。",
    ),
    "second_unfinished": (
        "The second worker has not submitted feedback yet. Wait, or give the reason for "
        "submitting without it (alone_reason).",
        "协助人尚未反馈。请等待其反馈，或说明单独反馈的原因（alone_reason）。",
    ),
    "same_unit": ("The case is with this unit already.", "案卷已由该单位承办。"),
}
