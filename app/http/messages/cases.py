"""What is said of moves of cases that cannot be made."""

CASE_MESSAGES: dict[str, tuple[str, str]] = {
    "case_locked": (
        "The case is locked: no rule dispatches it until it is unlocked.",
        "案卷已锁定，解除锁定前不会自动派遣。",
    ),
    "not_locked": ("The case is not locked.", "案卷未锁定。"),
    "not_pinned": ("The case is pinned to nobody.", "案卷未指定承办人。"),
    "own_work_check": ("Nobody checks their own work.", "不能核查自己处置的案卷。"),
    "extension_pending": (
        "More time was asked for already; it waits for a decision.",
        "延期申请已提交，正待审核。",
    ),
    "extension_too_late": ("More time is asked for before the limit is over.", "须在时限届满前申请延期。"),
    "extension_too_long": (
        "More time was asked for than the limit may be given at once; refuse it, and have it asked for anew.",
        "所申请的延期超出该时限一次可延长的上限，请予退回并重新申请。",
    ),
    "extended_enough": (
        "The case was given more time {times} times, which is as often as it may be.",
        "该案卷已延期 {times} 次，达到上限。",
    ),
    "extension_not_asked": ("Nobody has asked for more time.", "没有待审核的延期申请。"),
    "own_extension": ("Nobody decides on what they asked for themselves.", "不能审核本人提出的延期申请。"),
    "own_deferral": (
        "Whoever handles a case does not put it off: somebody else who directs it does.",
        "承办人不能对本人承办的案卷作缓办处理，须由其他督导员决定。",
    ),
    "not_supervised": ("The case is not under supervision.", "案卷未被督办。"),
    "not_extended": (
        "Only what could not be solved in more time is put on the books; extend it first.",
        "须延期后仍无法解决的案卷方可挂账。",
    ),
    "contest_too_late": (
        "It ended more than {days} days ago.",
        "结案已超过 {days} 天，不能再提出异议。",
    ),
    "own_order_contested": (
        "What is contested is your own order: somebody else who directs the case decides, one level up if need be.",
        "被提出异议的是您本人作出的决定，须由本级其他督导员或上一级裁定。",
    ),
    "category_not_admitted": (
        "Grids are not asked about such matters; it belongs to {owner}.",
        "该类事项不在网格准入清单内，应由{owner}办理。",
    ),
    "category_unowned": (
        "Grids are not asked about such matters, and no unit owns it yet: choose a unit.",
        "该类事项不在网格准入清单内，且尚无责任单位，请指定责任单位。",
    ),
    "second_missing": (
        "This takes two people, and nobody has agreed to be the second. Wait, or say in alone_reason why you work alone.",
        "该案卷须两人处置，尚无协办人接受。请等待协办人，或在 alone_reason 中说明单独处置的原因。",
    ),
    "second_unfinished": (
        "The second has not handed in their work. Wait for it, or say in alone_reason why you hand in without it.",
        "协办人尚未反馈。请等待其反馈，或在 alone_reason 中说明单独反馈的原因。",
    ),
    "same_unit": ("It is with this unit already.", "案卷已由该单位承办。"),
}
