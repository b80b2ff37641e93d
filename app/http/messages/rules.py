"""The sentences of limits and of profiles."""

RULE_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "profile_invalid": ("The profile has faults; see errors.", "配置有误，请见 errors。"),
    "profile_only_additions": (
        "Who supervises a whole jurisdiction adds categories to the rules in force, at once; everything else in them is for"
        " an administrator.",
        "全辖区监督员只能在现行规则中新增类别并立即生效；规则的其他更改须由管理员办理。",
    ),
    "stage_not_running": (
        "No stage {stage} is running that ends when you say so.",
        "没有正在计时且由承办人报告完成的阶段“{stage}”。",
    ),
}
