"""The sentences of limits and of profiles."""

RULE_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "profile_invalid": ("The profile has faults; see errors.", "配置有误，请见 errors。"),
    "stage_not_running": (
        "No stage {stage} is running that ends when you say so.",
        "没有正在计时且由承办人报告完成的阶段“{stage}”。",
    ),
}
