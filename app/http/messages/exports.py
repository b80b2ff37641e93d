"""Messages about exports."""

# code: (English, Chinese)
EXPORT_MESSAGES: dict[str, tuple[str, str]] = {
    "export_too_long": (
        "The export has more than {most:row|rows}. Narrow it, or choose another format.",
        "超过 {most} 行：请缩小范围，或改用其他格式。",
    ),
    "export_format_unknown": (
        "The file extension must name the format: {known}.",
        "请用文件扩展名指明格式：{known}。",
    ),
    "account_unknown": ("This account does not exist or is disabled.", "没有该账号，或账号已停用。"),
    "export_over_2gb": (
        "A Shapefile cannot be larger than 2 GB. Narrow the export, or choose GeoPackage.",
        "Shapefile 不能超过 2 GB：请缩小范围，或改用 GeoPackage。",
    ),
    "export_purpose_needed": (
        "You export more than {most:household|households} in one day. Give a purpose.",
        "一天内导出超过 {most} 户，请说明用途。",
    ),
    "export_needs_approval": (
        "Exports of more than {most:household|households} in one day need the approval of a "
        "second person. Request a background export.",
        "一天内导出超过 {most} 户须由第二人批准，请申请后台导出。",
    ),
    "export_own": (
        "You cannot decide on your own export. Another person must decide.",
        "不能审批本人申请的导出，须由他人审批。",
    ),
    "export_decided": ("This export is not waiting for approval.", "该导出不在待批准状态。"),
    "export_of_another": (
        "Only the person who requested this export may cancel it.",
        "只有申请人可以取消该导出。",
    ),
    "export_not_done": ("The file is not ready yet.", "文件尚未生成。"),
    "export_expired": (
        "The file of this export has expired and was deleted.",
        "导出文件已过期并删除。",
    ),
    "export_rights_changed": (
        "Your permissions have changed since this file was made. Request a new export.",
        "文件生成后您的权限已变更，请重新导出。",
    ),
}
