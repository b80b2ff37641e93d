"""Messages about faults of one field, except those that belong to another subject's file."""

FIELD_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "required": ("is required", "必填"),
    "null": ("may not be null", "不能为空"),
    "unknown_field": ("is an unknown field", "未知字段"),
    "read_only": (
        "cannot be changed here; leave it out or send it as it was read",
        "此处不可修改，请省略或按读取时的值发送",
    ),
    "invalid": ("is not valid", "无效"),
    "cursor_invalid": ("is not a valid cursor", "不是有效的游标"),
    "sort_of_open_cases": (
        "orders open cases only: set `status` to `open` or to states that are not an end",
        "只能用于未结束的案卷：请按未结束的状态筛选",
    ),
    "out_of_range": ("is out of range", "超出范围"),
    "wrong_length": ("has the wrong length", "长度不符"),
    "not_one_of": ("is not one of the allowed values", "不是允许的值"),
    "permit_without_skill": (
        "is a permit for the skill '{skill}', which the worker does not have",
        "该人员没有技能“{skill}”",
    ),
    "password_common": (
        "is one of the most common passwords; choose another one, such as four unrelated words",
        "属于最常见的密码；请换一个，例如四个互不相关的词",
    ),
    "password_pattern": (
        "repeats few characters or follows a sequence; choose another one, such as four unrelated words",
        "由少数字符重复或顺序排列而成；请换一个，例如四个互不相关的词",
    ),
    "password_of_own_words": (
        "consists mostly of the user name, the name, the place or the product; choose words that are not "
        "related to you",
        "主要由用户名、姓名、地名或产品名组成；请改用与本人无关的词",
    ),
    "place_unknown": (
        "names no place that you can see; choose one from the search or point to the map",
        "未找到该地点；请从搜索结果中选择，或在地图上点选",
    ),
    "place_ambiguous": (
        "names several places; add the number or the area, or choose one from the search",
        "对应多个地点；请补充门牌号或区域，或从搜索结果中选择",
    ),
    "key_is_private": (
        "is a private or secret key; send the public key only",
        "是私钥或对称密钥，请只发送公钥",
    ),
    "key_unsupported": (
        "is not a public key of a supported type: EC P-256 or P-384, Ed25519 or RSA",
        "不是受支持的公钥：EC P-256 或 P-384、Ed25519、RSA",
    ),
    "key_too_short": ("has fewer than {least} bits", "少于 {least} 位"),
    "not_allowed_here": ("is not allowed here", "此处不允许"),
    "not_unique": ("may not repeat", "不能重复"),
    "in_several_jurisdictions": (
        "is a code of several jurisdictions: name the jurisdiction too (--jurisdiction CODE)",
        "该编码在多个辖区中存在，请同时指明辖区（--jurisdiction CODE）",
    ),
    "no_areas_yet": ("is not a jurisdiction that has areas", "该辖区不存在或尚无区域"),
    "before_records": ("is earlier than the first record ({first})", "早于最早的记录（{first}）"),
    "before_restore": (
        "was issued before the database was restored: use as_of",
        "出自数据库恢复之前，请改用 as_of",
    ),
    "one_of_two": ("cannot be combined with the other field: send one of the two", "与另一字段只能选其一"),
    "too_many_groups": (
        "makes more than {most:group|groups}: narrow the query",
        "分组超过 {most} 个，请缩小范围",
    ),
    "in_future": ("is in the future", "晚于当前时间"),
    "not_itself": ("must be other premises", "不能是该处所自身"),
    "holds_phone": (
        "contains a telephone number (characters {begin} to {end}) that every reader would see; "
        "remove it, or send allow_phone to keep it",
        "含有电话号码（第 {begin} 至 {end} 个字符），所有读者可见；请删除，如确需保留，请附带 allow_phone",
    ),
    "possible_double": (
        "is the same as that of other premises: a supervisor will compare them",
        "与其他处所相同，将由督导员核对",
    ),
    "looks_like_national_id": (
        "seems to contain a citizen identity number, which this system does not store",
        "疑似含有公民身份号码，本系统不保存",
    ),
    "part_missing": (
        "is missing in the address; send the character U+65E0 for a part that does not exist",
        "地址要素缺失；没有的请填“无”",
    ),
    "part_empty": (
        "must not be empty; send the character U+65E0 for a part that does not exist",
        "地址要素不能为空；没有的请填“无”",
    ),
    "part_absent": (
        "is a part that every address has, so it cannot be absent",
        "该地址要素必须填写，不能为“无”",
    ),
    "building_form": (
        "must be a number and the character for a building (U+5E62), as for building 1",
        "应写作“1幢”，不能写“1”“1栋”“1号”",
    ),
    "unit_form": ("must be a number and the two characters for an entrance (U+5355 U+5143)", "应写作“2单元”"),
    "room_form": ("contains a space or a comma, or is too long", "含空格、逗号或过长"),
    "too_common": (
        "matches too many addresses; add the compound or the building number",
        "匹配的地址过多，请加上小区或楼幢",
    ),
    "bbox_invalid": ("must be minlon,minlat,maxlon,maxlat", "应为 最小经度,最小纬度,最大经度,最大纬度"),
    "geometry_invalid": (
        "is not a GeoJSON geometry of the required type",
        "不是所需类型的 GeoJSON 几何",
    ),
    "datetime_invalid": (
        "must be an instant with a time zone such as 2026-10-01T08:00:00Z, a day, or two of them separated "
        "by a slash",
        "应为带时区的时刻（如 2026-10-01T08:00:00Z）、日期，或以斜线分隔的起止",
    ),
    "crs_unknown": (
        "is not a coordinate reference system of this collection",
        "不是该图层支持的坐标参考系",
    ),
    "offset_too_far": (
        "must be at most {most:,}; follow the links with rel next instead",
        "最大为 {most:,}；请改用 rel 为 next 的链接翻页",
    ),
    "feature_needed": ("must be a GeoJSON Feature", "应为 GeoJSON Feature"),
    "id_fixed": ("is set by the server and cannot be changed", "由服务器指定，不能更改"),
    "uuid_version": ("must be a UUID version 7", "必须是 UUIDv7"),
    "outside_own_areas": ("This is outside the areas you are responsible for.", "超出您负责的区域。"),
    "password_unchanged": ("is the same as the present password", "与原密码相同"),
    "duty_end_before_start": ("Duty cannot end before it started.", "离岗时间不能早于上岗时间。"),
    "worker_role_missing": (
        "This account has no role of grid worker or grid chief in the areas you manage.",
        "该账号在您的管辖范围内没有网格员或网格长角色。",
    ),
    "not_a_worker": ("Only grid workers can do this.", "仅网格员可执行此操作。"),
    "explanation_thin": (
        "is too short: write at least {words:different word|different words}, or "
        "{characters:different Chinese character|different Chinese characters}",
        "说明过于简单：请至少写 {words} 个不同的词，或 {characters} 个不同的汉字",
    ),
    "purpose_required": (
        "Reading the track of another worker requires POST and a purpose.",
        "查看他人轨迹须以 POST 方式并说明用途。",
    ),
    "sheet_has_faults": ("Some rows have faults; nothing was stored.", "部分行有误，未保存任何内容。"),
    "sheet_too_long": ("A sheet may have at most {rows:row|rows}.", "表格最多 {rows} 行。"),
    "sheet_unreadable": ("cannot be read as CSV from this point on", "自此处起无法按 CSV 读取"),
    "encoding_unknown": ("The text is neither UTF-8 nor GB18030.", "文本编码既非 UTF-8 也非 GB18030。"),
    "column_unknown": ("is not a column of this sheet", "不是此表格的列"),
    "column_missing": ("is a required column", "缺少必需的列"),
    "too_many_cells": ("has more cells than the header has columns", "单元格多于表头列数"),
    "date_invalid": ("is not a date such as 2026-10-01", "不是有效日期，例如 2026-10-01"),
    "time_invalid": ("is not a time such as 08:30", "不是有效时间，例如 08:30"),
    "time_nonexistent": (
        "does not exist on that day because the clock is put forward",
        "当日时钟拨快，该时间不存在",
    ),
    "shift_too_long": ("A shift may last at most two days.", "班次最长两天。"),
    "worker_unknown": ("is not a worker whom you manage", "不是您管理的外勤人员"),
    "substitute_is_herself": ("must not be the absent worker", "代岗人员不能是缺勤者本人"),
    "substitute_of_other_city": (
        "The substitute works for another city, and the two cities have no agreement to help each other.",
        "代岗人员属于其他城市，两地未约定互助。",
    ),
    "substitute_is_absent": (
        "The substitute is absent in that time too.",
        "代岗人员在该时段本身缺勤。",
    ),
    "substitute_unavailable": ("The account of the substitute is disabled.", "代岗人员的账号已停用。"),
    "substitution_overlaps": (
        "This worker has a substitute in that time already.",
        "该时段已安排代岗。",
    ),
    "nothing_to_stand_in_for": (
        "This worker has no responsibility in your areas in that time.",
        "该人员在该时段内没有您管辖范围内的责任网格。",
    ),
    "not_yet": ("is possible only after the absence has started", "仅可在缺勤开始后执行"),
    "in_past": ("is in the past", "早于当前时间"),
    "not_after_since": ("must be later than the start (since)", "必须晚于开始时间（since）"),
}
