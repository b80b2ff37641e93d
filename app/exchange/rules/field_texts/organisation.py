"""Texts of the fields of areas, units and workers.

Each field has: title and explanation in English and Chinese, in the order (title en, title zh, note en, note zh).
"""

_NAME_EN = (
    "English name",
    "英文名称",
    "The name in English; without it, the name is used.",
    "英文名称；不填则同名称。",
)

TEXTS = {
    "areas": {
        "name": ("Area name", "区域名称", "The name that people read.", "供查看的名称。"),
        "name_en": _NAME_EN,
        "code": (
            "Area code",
            "区划代码",
            "The code of the area, in the form of codes of its level; without it, one is made.",
            "区域编码，须符合该层级的规则；不填则自动编制。",
        ),
        "level": (
            "Area level",
            "层级",
            "The level of the area: district, street, community or grid.",
            "区域的层级：区县、街道、社区或网格。",
        ),
        "parent_code": (
            "Code of the area above",
            "上级代码",
            "The code of the area above; without it, it is found by place.",
            "上级区域的编码；不填则按位置查找。",
        ),
        "geometry": (
            "Outline (WKT)",
            "边界（WKT）",
            "The outline as a polygon in WKT, longitude first; not needed in map files.",
            "以 WKT 多边形表示的边界，经度在前；地图文件不需要此列。",
        ),
    },
    "units": {
        "code": ("Unit code", "单位代码", "The code of the unit, used only once.", "单位的编码，不可重复。"),
        "name": ("Unit name", "单位名称", "The name that people read.", "供查看的名称。"),
        "name_en": _NAME_EN,
        "area_code": (
            "Area code",
            "区划代码",
            "The code of the area where the unit works; without it, everywhere.",
            "单位负责区域的编码；不填则不限区域。",
        ),
        "contact": ("Contact", "联系方式", "How to reach the unit.", "单位的联系方式。"),
        "categories": (
            "Categories",
            "职责类别",
            "Codes of the categories that the unit owns, or their beginnings, separated by semicolons.",
            "单位负责的类别代码或代码前缀，以分号分隔。",
        ),
    },
    "workers": {
        "username": (
            "User name",
            "用户名",
            "The name for signing in, without blanks, used only once.",
            "登录名，不含空格，不可重复。",
        ),
        "name": ("Full name", "姓名", "The name of the worker.", "外勤人员的姓名。"),
        "role": (
            "Position",
            "岗位",
            "worker, substitute or chief; without it, worker.",
            "网格员、兼职网格员或网格长；不填为网格员。",
        ),
        "area_codes": (
            "Grid code",
            "网格编码",
            "Codes of the grids of the worker, separated by semicolons.",
            "所负责网格的编码，以分号分隔。",
        ),
        "skills": (
            "Skills",
            "技能",
            "Codes of skills, separated by semicolons.",
            "技能代码，以分号分隔。",
        ),
        "capacity": (
            "Capacity",
            "承接上限",
            "How many cases the worker may have at one time.",
            "同时可承接的案卷数。",
        ),
    },
}
