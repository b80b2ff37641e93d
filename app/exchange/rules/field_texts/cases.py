"""Texts of the fields of cases and components: (title en, title zh, note en, note zh)."""

_LAT = ("Latitude", "纬度", "Degrees north, such as 30.2786.", "北纬度数，如 30.2786。")
_LON = ("Longitude", "经度", "Degrees east, such as 120.1142.", "东经度数，如 120.1142。")


def _unit(en: str, zh: str, example: str, verb_en: str) -> tuple[str, str, str, str]:
    return en, zh, f"Code or name of the unit that {verb_en} the component.", f"{example}的代码或名称。"


TEXTS = {
    "incidents": {
        "key": (
            "Case number",
            "案卷编号",
            "The number in the other system; it recognises the case in a later file.",
            "原系统中的编号，再次导入时据此识别。",
        ),
        "lat": _LAT,
        "lon": _LON,
        "category": (
            "Category",
            "类别",
            "Code or name of the category; without it, the case is unclassified.",
            "类别的代码或名称；不填则为未分类。",
        ),
        "description": ("Description", "描述", "What was reported.", "上报的内容。"),
        "address": ("Address", "地址", "Where it is, in words.", "位置的文字描述。"),
        "reported_at": (
            "Reported at",
            "上报时间",
            "Day and time of the report, such as 2026-03-02 08:15.",
            "上报的日期和时间，如 2026-03-02 08:15。",
        ),
        "closed_at": (
            "Closed at",
            "结案时间",
            "Day and time when the case was closed; required for closed cases.",
            "结案的日期和时间；已结案的必填。",
        ),
        "status": (
            "State",
            "状态",
            "open or closed; without it, a case with a closing time is closed.",
            "处置中或已结案；不填时，有结案时间的为已结案。",
        ),
        "channel": (
            "Source",
            "来源",
            "How the report came, such as a hotline.",
            "上报的渠道，如热线。",
        ),
        "reporter_name": (
            "Name of the reporter",
            "上报人姓名",
            "Personal data: imported only if you choose this column for it.",
            "个人信息：仅当您指定该列时才导入。",
        ),
        "reporter_phone": (
            "Telephone of the reporter",
            "上报人电话",
            "Personal data: imported only if you choose this column for it.",
            "个人信息：仅当您指定该列时才导入。",
        ),
    },
    "components": {
        "code": (
            "Component number",
            "部件标识码",
            "16 digits: 6 of the county, 2 of the class, 2 of the subclass, 6 of the serial number.",
            "16 位数字：6 位县级代码、2 位大类、2 位小类、6 位流水号。",
        ),
        "name": ("Component name", "部件名称", "The name that people read.", "供查看的名称。"),
        "name_en": (
            "English name",
            "英文名称",
            "The name in English; without it, the name is used.",
            "英文名称；不填则同名称。",
        ),
        "lat": _LAT,
        "lon": _LON,
        "state": ("State", "部件状态", "in_use, damaged or missing.", "完好、破损或丢失。"),
        "owning_unit": _unit("Owning unit", "权属单位", "权属单位", "owns"),
        "managing_unit": _unit("Managing unit", "主管部门", "主管单位", "manages"),
        "maintaining_unit": _unit("Maintaining unit", "养护单位", "养护单位", "maintains"),
        "installed_on": ("Installed on", "安装日期", "Day, such as 2020-05-01.", "日期，如 2020-05-01。"),
        "checked_on": (
            "Checked on",
            "普查日期",
            "Day of the last survey, such as 2026-05-01.",
            "最近一次普查的日期，如 2026-05-01。",
        ),
        "source": ("Source of the data", "数据来源", "Where the data come from.", "数据的来源。"),
        "note": ("Note", "备注", "Any further text.", "其他说明。"),
    },
}
