"""Messages about plans."""

PLANNING_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "plan_missing": (
        "There is no plan for this day. Make one with POST.",
        "该日尚无计划，可通过 POST 生成。",
    ),
    "not_a_grid": ("is not a grid", "不是网格"),
    "repeated": ("appears twice", "重复"),
}
