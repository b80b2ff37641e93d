"""Texts of the fields of households: (title en, title zh, note en, note zh)."""


def _part(en: str, zh: str, example: str) -> tuple[str, str, str, str]:
    """Return the texts of a part of an address that may be `无`."""
    return (
        en,
        zh,
        f"Part of the address, such as {example}; 无 if the address has none.",
        f"地址要素，如“{example}”；没有的填“无”。",
    )


def _area_part(en: str, zh: str, example: str) -> tuple[str, str, str, str]:
    """Return the texts of a part of an address that every address has."""
    return en, zh, f"Part of the address, such as {example}.", f"地址要素，如“{example}”，必填。"


TEXTS = {
    "households": {
        "id": (
            "Gridward id",
            "系统标识",
            "The id of the premises or household in an export of Gridward.",
            "本系统导出文件中处所或住户的标识。",
        ),
        "key": (
            "Household number",
            "户编号",
            "The number in your system; it recognises the household in a later file.",
            "原系统中的编号，再次导入时据此识别。",
        ),
        "lat": ("Latitude", "纬度", "Degrees north, such as 30.2786.", "北纬度数，如 30.2786。"),
        "lon": ("Longitude", "经度", "Degrees east, such as 120.1142.", "东经度数，如 120.1142。"),
        "kind": (
            "Kind of premises",
            "房屋类型",
            "dwelling, rental, shop, enterprise, institution, site or vacant; without it, dwelling.",
            "住宅、出租房、店铺、企业、机构、工地或空置；不填为住宅。",
        ),
        "address": ("Address", "地址", "The whole address in one column.", "完整地址，写在一列中。"),
        "name": (
            "Name of the premises",
            "场所名称",
            "The name of a shop, company or institution.",
            "店铺、企业或机构的名称。",
        ),
        "label": (
            "Part of the premises",
            "分户",
            "Which household it is, if several live in the same premises.",
            "同一处所有多户时，用以区分。",
        ),
        "province": _area_part("Province", "省", "浙江省"),
        "city": _area_part("City", "市", "杭州市"),
        "county": _area_part("County or district", "区县", "西湖区"),
        "town": _area_part("Town or street office", "街道", "古荡街道"),
        "community": _area_part("Community", "社区", "文华社区"),
        "grid": _part("Grid", "网格", "文华1网格"),
        "compound": _part("Compound", "小区", "文华苑"),
        "building": _part("Building", "幢", "1幢"),
        "unit": _part("Entrance", "单元", "2单元"),
        "room": _part("Room", "室", "301"),
        "street": ("Street name", "路名", "The street of the address.", "地址中的道路名称。"),
        "housenumber": ("House number", "门牌号", "The number in the street.", "道路上的门牌号。"),
        "postcode": ("Postal code", "邮编", "The postal code of the address.", "地址的邮政编码。"),
        "resident_name": (
            "Name of the resident",
            "居民姓名",
            "Personal data: imported only if you choose this column for it.",
            "个人信息：仅当您指定该列时才导入。",
        ),
        "resident_phone": (
            "Telephone of the resident",
            "居民电话",
            "Personal data: imported only if you choose this column for it.",
            "个人信息：仅当您指定该列时才导入。",
        ),
        "resident_email": (
            "E-mail of the resident",
            "居民邮箱",
            "Personal data: imported only if you choose this column for it.",
            "个人信息：仅当您指定该列时才导入。",
        ),
        "residence": (
            "Residence",
            "人户状态",
            "both, registered_only, living_only or neither: registered here, lives here.",
            "人户一致、户在人不在或人在户不在。",
        ),
        "registered_here": (
            "Registered here",
            "户籍在此",
            "yes or no: the resident is registered at this address.",
            "是或否：户籍登记在此。",
        ),
        "lives_here": (
            "Lives here",
            "现居于此",
            "yes or no: the resident lives at this address.",
            "是或否：现居住在此。",
        ),
        "registered_at": (
            "Registered at",
            "户籍地",
            "Where the resident is registered, if not here.",
            "户籍不在此时的户籍地。",
        ),
        "birth_year": (
            "Year of birth",
            "出生年份",
            "The year, or a date of which only the year is kept.",
            "年份；填日期时只保留年份。",
        ),
        "care": (
            "Care tags",
            "关爱标签",
            "Kinds of help that the resident needs, separated by semicolons.",
            "居民所需的帮扶种类，以分号分隔。",
        ),
        "care_purpose": (
            "Purpose of the care",
            "关爱目的",
            "Why the help is recorded; required with a care tag.",
            "登记帮扶的目的；有关爱标签时必填。",
        ),
        "care_until": (
            "Care until",
            "关爱截止",
            "The last day of the help, within 366 days; required with a care tag.",
            "帮扶的最后一天，须在 366 天内；有关爱标签时必填。",
        ),
        "care_cycle_days": (
            "Days between visits",
            "关爱周期",
            "How many days pass from one visit to the next.",
            "两次走访间隔的天数。",
        ),
    }
}
