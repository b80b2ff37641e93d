"""Sentences about exports."""

# code: (English, Chinese)
EXPORT_MESSAGES: dict[str, tuple[str, str]] = {
    "export_too_long": (
        "That is more than {most} rows: ask for less, or for another format.",
        "超过 {most} 行：请缩小范围，或改用其他格式。",
    ),
    "export_format_unknown": (
        "The ending of the file's name says the format: {known}.",
        "请用文件扩展名指明格式：{known}。",
    ),
    "account_unknown": ("There is no such account in use.", "没有该账号，或账号已停用。"),
    "export_over_2gb": (
        "A Shapefile ends at 2 GB: ask for less, or for a GeoPackage.",
        "Shapefile 不能超过 2 GB：请缩小范围，或改用 GeoPackage。",
    ),
    "export_purpose_needed": (
        "More than {most} homes in a day: say what for.",
        "一天内超过 {most} 户：请说明用途。",
    ),
    "export_needs_approval": (
        "More than {most} homes in a day need a second person: ask for an export by a job.",
        "一天内超过 {most} 户需要第二人批准：请申请后台导出。",
    ),
    "export_own": ("Somebody else has to decide about this.", "须由他人审批。"),
    "export_decided": ("This export does not wait for a decision.", "该导出不在待审批状态。"),
    "export_of_another": ("Whoever asked for this export may end it.", "只有申请人可以结束该导出。"),
    "export_not_done": ("There is no file yet.", "文件尚未生成。"),
    "export_expired": ("The file of this export is no longer kept.", "导出文件已过期。"),
    "export_rights_changed": (
        "Your rights have changed since this file was made: export anew.",
        "文件生成后您的权限已变更，请重新导出。",
    ),
}
