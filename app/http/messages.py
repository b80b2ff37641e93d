"""What people read: a sentence for each stable code, in English and Chinese, chosen by Accept-Language."""

from typing import Any

from flask import has_request_context, request

from app.http.messages_of_cases import CASE_MESSAGES
from app.http.messages_of_dispatch import DISPATCH_MESSAGES
from app.http.messages_of_exports import EXPORT_MESSAGES
from app.http.messages_of_filters import FILTER_FAULTS
from app.http.messages_of_media import MEDIA_MESSAGES
from app.http.messages_of_planning import PLANNING_MESSAGES
from app.http.messages_of_reports import REPORT_MESSAGES
from app.http.messages_of_rules import RULE_MESSAGES
from app.http.messages_of_web import WEB_MESSAGES

MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "bad_request": ("The request cannot be read.", "无法读取该请求。"),
    "json_invalid": ("The body is not valid JSON.", "请求正文不是有效的 JSON。"),
    "validation_failed": ("Some fields are missing or wrong.", "部分字段缺失或有误。"),
    "unauthenticated": ("Sign in first.", "请先登录。"),
    "token_invalid": ("The access token is not valid.", "访问令牌无效。"),
    "token_expired": ("The access token has expired; refresh it.", "访问令牌已过期，请刷新。"),
    "tokens_too_many": (
        "There are {most} live tokens; revoke one first.",
        "有效令牌已有 {most} 个，请先吊销不用的令牌。",
    ),
    "device_unknown": (
        "No live token; make one at /me/ingest-tokens.",
        "没有有效令牌，请在 /me/ingest-tokens 创建。",
    ),
    "session_revoked": ("This session was ended; sign in again.", "会话已终止，请重新登录。"),
    "sign_in_failed": ("User name or password is wrong.", "用户名或密码错误。"),
    "sign_in_throttled": (
        "Too many attempts; try again in {retry_after_s} seconds.",
        "尝试次数过多，请在 {retry_after_s} 秒后重试。",
    ),
    "ticket_invalid": (
        "This ticket is unknown, used or too old; fetch another.",
        "该票据无效、已使用或已过期，请重新获取。",
    ),
    "streams_per_account": (
        "This account has too many open streams; try again in {retry_after_s} seconds.",
        "该账号打开的事件流过多，请在 {retry_after_s} 秒后重试。",
    ),
    "streams_full": (
        "No more streams can be opened now; poll, and try again in {retry_after_s} seconds.",
        "当前无法打开更多事件流，请先轮询，并在 {retry_after_s} 秒后重试。",
    ),
    "refresh_invalid": ("The refresh token is not valid.", "刷新令牌无效。"),
    "refresh_reused": (
        "This refresh token was used before; for safety the session was ended.",
        "该刷新令牌已被使用过；为安全起见会话已终止。",
    ),
    "password_change_required": ("Change the one-time password first.", "请先修改一次性密码。"),
    "password_wrong": ("The present password is wrong.", "当前密码错误。"),
    "permission_missing": (
        "Your role does not allow this ({permission}).",
        "您的角色无权执行此操作（{permission}）。",
    ),
    "grant_exceeds_own": ("Nobody grants what they do not hold.", "不能授予自己没有的权限。"),
    "grant_scope_invalid": ("This role needs {needs}.", "该角色需要指定 {needs}。"),
    "own_account": ("You cannot do this to your own account.", "不能对自己的账号执行此操作。"),
    "username_taken": ("This user name is taken.", "该用户名已被占用。"),
    "external_ref_taken": ("This reference is in use for other premises.", "该外部编号已用于其他处所。"),
    "label_taken": (
        "There is a household of this label in these premises.",
        "该处所内已有相同标识的住户。",
    ),
    "premises_not_lived_in": (
        "Nobody lives in premises of this kind; change the kind first.",
        "此类处所无人居住，请先更改类型。",
    ),
    "locate_throttled": (
        "You have looked often where workers are; go on in {retry_after_s} seconds.",
        "您查看位置过于频繁，请在 {retry_after_s} 秒后继续。",
    ),
    "reveal_throttled": (
        "You have looked at many residents; go on in {retry_after_s} seconds.",
        "您查看居民信息过于频繁，请在 {retry_after_s} 秒后继续。",
    ),
    "not_found": ("There is no such thing here.", "未找到。"),
    "method_not_allowed": ("This method is not possible here.", "此处不支持该方法。"),
    "not_acceptable": ("No acceptable form of answer.", "没有可接受的响应格式。"),
    "media_type_unsupported": ("This content type is not understood.", "不支持该内容类型。"),
    "metrics_closed": (
        "Metrics are for callers on this machine, or with the token of GRIDWARD_METRICS_TOKEN.",
        "指标仅供本机读取，或凭 GRIDWARD_METRICS_TOKEN 令牌读取。",
    ),
    "import_refused": ("Nothing of the file can be taken in.", "文件无法导入。"),
    "body_too_large": ("The body is too large.", "请求正文过大。"),
    "sync_token_invalid": (
        "This token was not given to this account on this device.",
        "该同步令牌不属于此账号或设备。",
    ),
    "resync_required": (
        "What this device holds is too old; begin without a token.",
        "本设备的数据已过期，请不带令牌重新同步。",
    ),
    "bucket_too_large": (
        "This bucket is too large for one answer; take it in pages.",
        "该数据包过大，请分页获取。",
    ),
    "conflict": ("The present state does not allow this.", "当前状态不允许此操作。"),
    "id_reused": (
        "This id was already used for something else.",
        "该编号已用于其他内容。",
    ),
    "version_stale": ("It has changed meanwhile; read it again.", "内容已被修改，请重新读取。"),
    "if_match_missing": ("Send the version you know in If-Match.", "请在 If-Match 中提供您所知的版本。"),
    "transition_illegal": (
        "A case in state '{status}' does not allow '{action}'.",
        "案卷处于“{status}”状态，不允许“{action}”。",
    ),
    "offer_not_live": (
        "There is no live offer for you on this assignment.",
        "该任务目前没有给您的有效派遣。",
    ),
    "assignment_not_held": ("You do not hold this assignment.", "该任务不由您承接。"),
    "assignment_further_on": (
        "This assignment is further on already.",
        "该任务已进入后续状态。",
    ),
    "assignment_taken": ("Somebody else has taken this.", "该任务已被他人接受。"),
    "worker_not_eligible": ("This worker cannot take it: {reason}.", "该网格员无法承接：{reason}。"),
    "contest_open": (
        "You contest this figure already; it waits for a supervisor.",
        "您已对该数据提出异议，等待督导员处理。",
    ),
    "contest_resolved": ("This has been resolved already.", "该异议已处理。"),
    "own_contest": ("Somebody else resolves what you contest.", "本人的异议须由他人处理。"),
    "run_not_replayable": (
        "This decision kept too little to be made again, or did not choose by rank.",
        "该决定留存的信息不足以重新计算，或并非按排序选派。",
    ),
    "about_subject": ("This case is about you.", "该案卷涉及您本人。"),
    "category_unknown": ("There is no category '{category}'.", "没有类别“{category}”。"),
    "duty_overlaps": ("Duty periods of one worker may not overlap.", "同一网格员的在岗时段不能重叠。"),
    "duty_not_open": ("This worker is not on duty.", "该网格员未在岗。"),
    "duty_backdated_too_far": (
        "Duty can be backdated by {hours} hours at most.",
        "在岗最多可补登 {hours} 小时。",
    ),
    "duty_in_future": (
        "Duty is what happened; plan the future as a shift.",
        "在岗为实际情况；未来请用排班。",
    ),
    "shift_overlaps": ("Shifts of one worker may not overlap.", "同一网格员的班次不能重叠。"),
    "responsibility_overlaps": ("This responsibility is already held in that time.", "该时段已有相同责任。"),
    "findings": ("The geometry has faults; see findings.", "几何数据有问题，请见 findings。"),
    "code_taken": ("This code is in use.", "该编码已被使用。"),
    "category_without_components": (
        "does not go with the category {category}, which is not about components",
        "类别 {category} 不涉及部件",
    ),
    "same_case": ("is this case itself", "是该案卷本身"),
    "merge_target_ended": (
        "Case {case_no} has ended; merge into one that is open.",
        "案卷 {case_no} 已结束，只能并入未结束的案卷。",
    ),
    "merge_of_other_kind": (
        "A matter about somebody, or a confidential one, is never merged with another.",
        "涉及特定对象或保密的案卷不得与其他案卷合并。",
    ),
    "component_number_invalid": (
        "is not a component number: 6 digits of the county, 2 of the class, 2 of the subclass, 6 of the serial",
        "不是有效的部件标识码：应为 6 位县级代码、2 位大类、2 位小类、6 位流水号",
    ),
    "component_of_other_class": (
        "is a component of another class ({category})",
        "是其他类别（{category}）的部件",
    ),
    "component_retired": ("This component has been retired.", "该部件已停用。"),
    "sos_closed": ("This call for help was closed already.", "该求助已结束。"),
    "has_open_work": ("There is still open work.", "仍有未完成的工作。"),
    "already_exists": ("This exists already.", "已存在。"),
    "reference_unknown": ("Something named here does not exist.", "引用的对象不存在。"),
    "unavailable": (
        "A needed part is down; nothing was stored. Try again.",
        "所需服务暂不可用，未保存任何内容，请重试。",
    ),
    "no_jurisdiction": ("No jurisdiction is set up yet.", "尚未配置辖区。"),
    "busy": ("The server is busy; try again.", "服务器繁忙，请重试。"),
    "internal": ("Something went wrong on our side.", "服务器内部错误。"),
    "rate_limited": ("Too many requests; try again later.", "请求过多，请稍后再试。"),
    "idempotency_in_flight": (
        "The same request is under way; try again.",
        "相同请求正在处理，请稍后重试。",
    ),
    "idempotency_key_reused": (
        "This Idempotency-Key was used with another body.",
        "该 Idempotency-Key 已用于其他请求内容。",
    ),
    "device_busy": (
        "Another push of this device is under way; try again.",
        "该设备正在上传，请稍后重试。",
    ),
    "op_id_reused": (
        "This operation id was already used for something else.",
        "该操作编号已用于其他内容。",
    ),
    "op_too_large": ("This operation is too large.", "该操作内容过大。"),
    "operation_unknown": ("There is no such operation.", "没有此类操作。"),
    "group_failed": (
        "Another operation of its group was not applied.",
        "同组的其他操作未能执行。",
    ),
    "field_conflict": (
        "Somebody else has changed this meanwhile; a person decides.",
        "他人已修改该内容，需人工确认。",
    ),
    "row_deleted": ("It has been deleted by a supervisor.", "该内容已被主管删除。"),
    "out_of_scope": (
        "You no longer look after this; it is kept for your supervisor.",
        "您已不再负责此处；内容已保留，供主管处理。",
    ),
    "took_too_long": (
        "It took too long each time; it is kept for a person.",
        "多次处理超时；内容已保留，待人工处理。",
    ),
    "letter_resolved": ("This has been settled before.", "该事项已处理。"),
    "letter_applied": ("This was applied; there is nothing to run again.", "该操作已生效，无需重新执行。"),
    "late_after_reassign": (
        "Done while it was hers, arrived after it was given to somebody else.",
        "在责任移交前完成、移交后才上传。",
    ),
    # fields
    "required": ("is required", "必填"),
    "null": ("may not be null", "不能为空"),
    "unknown_field": ("is not known here", "未知字段"),
    "invalid": ("is not valid", "无效"),
    "cursor_invalid": ("is not a cursor of ours", "不是有效的游标"),
    "out_of_range": ("is out of range", "超出范围"),
    "wrong_length": ("has the wrong length", "长度不符"),
    "not_one_of": ("is not one of the allowed values", "不是允许的值"),
    "permit_without_skill": ("is for {skill}, which is no skill of this worker", "{skill}不是该人员的技能"),
    "not_allowed_here": ("is not allowed here", "此处不允许"),
    "needs_time_zone": ("needs a time zone", "需要时区"),
    "not_unique": ("may not repeat", "不能重复"),
    "before_records": ("lies before anything was recorded", "早于最早的记录"),
    "one_of_two": ("does not go with the other one", "两者只能选其一"),
    "too_many_groups": ("makes more than {most} groups: narrow it", "分组超过 {most} 个，请缩小范围"),
    "in_future": ("lies in the future", "晚于当前时间"),
    "looks_like_national_id": (
        "holds what looks like a citizen's number, which is kept nowhere here",
        "疑似含有公民身份号码，本系统不保存",
    ),
    "part_missing": (
        "is missing in the address; what does not exist is sent as U+65E0",
        "地址要素缺失；没有的请填“无”",
    ),
    "part_empty": (
        "may not be empty; what does not exist is sent as U+65E0",
        "地址要素不能为空；没有的请填“无”",
    ),
    "part_absent": ("exists everywhere and has to be named", "该地址要素必须填写，不能为“无”"),
    "building_form": ("is written as a number and U+5E62", "应写作“1幢”，不能写“1”“1栋”“1号”"),
    "unit_form": ("is written as a number and U+5355 U+5143", "应写作“2单元”"),
    "room_form": ("has a space or a comma, or is too long", "含空格、逗号或过长"),
    "too_common": (
        "stands in too many addresses; add the compound or the building",
        "匹配的地址过多，请加上小区或楼幢",
    ),
    "bbox_invalid": ("is minlon,minlat,maxlon,maxlat", "应为 最小经度,最小纬度,最大经度,最大纬度"),
    "geometry_invalid": ("is not a GeoJSON geometry of the wanted kind", "不是所需类型的 GeoJSON 几何"),
    "datetime_invalid": (
        "is an instant with a zone such as 2026-10-01T08:00:00Z, a day, or two of them parted by a slash",
        "应为带时区的时刻（如 2026-10-01T08:00:00Z）、日期，或以斜线分隔的起止",
    ),
    "crs_unknown": ("is not a reference system of this collection", "不是该图层支持的坐标参考系"),
    "offset_too_far": (
        "goes no further than {most}; follow the links of rel next",
        "最大为 {most}；请改用 rel 为 next 的链接翻页",
    ),
    "feature_needed": ("must be a GeoJSON Feature", "应为 GeoJSON Feature"),
    "id_fixed": ("is given by the server and stays", "由服务器指定，不能更改"),
    **FILTER_FAULTS,
    "uuid_version": ("must be a UUID version 7", "必须是 UUIDv7"),
    "outside_own_areas": ("This lies outside the areas you look after.", "超出您负责的区域。"),
    "password_unchanged": ("is the same as before", "与原密码相同"),
    "duty_end_before_start": ("Duty cannot end before it began.", "离岗时间不能早于到岗时间。"),
    "worker_role_missing": (
        "This account has no role in the field where you manage.",
        "该账号在您的管辖范围内没有网格员或网格长角色。",
    ),
    "not_a_worker": ("Only workers do this.", "仅网格员可执行此操作。"),
    "purpose_required": (
        "Somebody else's track is read with POST, and a purpose.",
        "查看他人轨迹须以 POST 方式并说明用途。",
    ),
    "sheet_has_faults": ("Some rows have faults; nothing was stored.", "部分行有误，未保存任何内容。"),
    "sheet_too_long": ("A sheet holds {rows} rows at most.", "表格最多 {rows} 行。"),
    "sheet_unreadable": ("cannot be read from here on as CSV", "自此处起无法按 CSV 读取"),
    "encoding_unknown": ("The text is neither UTF-8 nor GB18030.", "文本编码既非 UTF-8 也非 GB18030。"),
    "column_unknown": ("is not a column of this sheet", "不是此表格的列"),
    "column_missing": ("is a column that is needed", "缺少必需的列"),
    "too_many_cells": ("has more cells than the head has columns", "单元格多于表头列数"),
    "date_invalid": ("is not a date such as 2026-10-01", "不是有效日期，例如 2026-10-01"),
    "time_invalid": ("is not a time such as 08:30", "不是有效时间，例如 08:30"),
    "time_nonexistent": (
        "does not exist on that day: the clock is put forward",
        "当日时钟拨快，该时间不存在",
    ),
    "shift_too_long": ("A shift lasts two days at most.", "班次最长两天。"),
    "worker_unknown": ("is no worker you look after", "不是您管理的网格员"),
    "substitute_is_herself": ("is the absent worker herself", "替岗人不能是缺勤者本人"),
    "substitute_is_absent": ("Whoever stands in is absent herself in that time.", "替岗人在该时段本身缺勤。"),
    "substitute_unavailable": ("The account of whoever stands in is closed.", "替岗人的账号已停用。"),
    "substitution_overlaps": (
        "Somebody stands in for this worker in that time already.",
        "该时段已安排替岗。",
    ),
    "nothing_to_stand_in_for": (
        "This worker looks after nothing in your areas in that time.",
        "该网格员在该时段内没有您管辖范围内的责任网格。",
    ),
    "not_yet": ("is possible only from the beginning of the absence", "仅可在缺勤开始后执行"),
    "in_past": ("lies in the past", "早于当前时间"),
    "not_after_since": ("must lie after since", "必须晚于 since"),
}

# marshmallow's own English sentences, by how they begin
_MARSHMALLOW = (
    ("Missing data", "required"),
    ("Field may not be null", "null"),
    ("Unknown field", "unknown_field"),
    ("Must be one of", "not_one_of"),
    ("Must be greater", "out_of_range"),
    ("Must be less", "out_of_range"),
    ("Longer than", "wrong_length"),
    ("Shorter than", "wrong_length"),
    ("Length must", "wrong_length"),
    ("Invalid JSON", "json_invalid"),
)

MESSAGES |= CASE_MESSAGES | DISPATCH_MESSAGES | MEDIA_MESSAGES | PLANNING_MESSAGES | EXPORT_MESSAGES
MESSAGES |= REPORT_MESSAGES | RULE_MESSAGES | WEB_MESSAGES


def language() -> str:
    """The caller's language: zh-CN or en (the default)."""
    if not has_request_context():
        return "en"
    for tag, quality in request.accept_languages:  # best first
        spoken = tag.lower().partition("-")[0]
        if quality > 0 and spoken in ("zh", "en"):
            return "zh-CN" if spoken == "zh" else "en"
    return "en"


def sentence(code: str, lang: str | None = None, **params: object) -> str:
    """The message of `code`; parameters that are missing stay visible rather than fail."""
    pair = MESSAGES.get(code) or MESSAGES["conflict"]
    template = pair[1] if (lang or language()) == "zh-CN" else pair[0]
    try:
        return template.format(**params)
    except KeyError:
        return template


def told_field(fault: dict[str, Any]) -> dict[str, Any]:
    """A fault of one field with its sentence."""
    params = {name: value for name, value in fault.items() if name != "code"}
    return {"message": sentence(fault["code"], **params)} | fault


def field_errors(messages: dict[str, Any], path: str = "") -> list[dict[str, Any]]:
    """Flatten marshmallow's nested messages into `[{field, code, message}]`."""
    found: list[dict[str, Any]] = []
    for key, value in messages.items():
        here = f"{path}.{key}" if path else str(key)
        here = (
            here.removeprefix("json.").removeprefix("query.").removeprefix("form.").removeprefix("_schema.")
        )
        if isinstance(value, dict):
            found += field_errors(value, here)
            continue
        for text in value if isinstance(value, list) else [value]:
            code = _code_of(str(text))
            found.append({"field": here, "code": code, "message": _field_message(code, str(text))})
    return found


def _code_of(text: str) -> str:
    if text in MESSAGES:
        return text
    return next((code for start, code in _MARSHMALLOW if text.startswith(start)), "invalid")


def _field_message(code: str, text: str) -> str:
    if language() == "zh-CN" or text == code:
        return sentence(code)
    return text
