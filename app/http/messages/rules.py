"""Messages about limits and about profiles."""

RULE_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "profile_invalid": ("The profile has faults. They are listed in errors.", "辖区规则有误，见 errors。"),
    "profile_only_additions": (
        "A supervisor of the whole jurisdiction may only add categories to the profile in force, with "
        "immediate effect. All other changes need an administrator.",
        "全辖区的督导员只能在现行辖区规则中新增类别并立即生效；其他更改须由管理员办理。",
    ),
    "stage_not_running": (
        "There is no running stage '{stage}' that the handler can finish.",
        "没有可由承办人完成的阶段“{stage}”。",
    ),
}
