"""Texts of the demo's notes and reporters, and how often each category is reported. Chinese."""

from random import Random

# How often each category is reported, of all others 1.
WEIGHTS = {
    "E0102": 14, "E0104": 6, "E0105": 5, "E0103": 4, "E0106": 2, "E0107": 2, "E0108": 2, "E0101": 1,
    "E0201": 8, "E0202": 3, "E0203": 1, "E0301": 2, "E0302": 2, "E0303": 0.6,
    "E0401": 0.3, "E0402": 0.5, "E0403": 0.3, "E0404": 1.5, "E0405": 0.6, "E0406": 0.8,
    "E0501": 7, "E0502": 6, "E0503": 9, "E0504": 11, "E0505": 6, "E0506": 3,
    "E0601": 4, "E0602": 5, "E0603": 5, "E0604": 1.5, "E0605": 0.2, "E0606": 1,
    "0302": 4, "0303": 4, "0106": 2.5, "0205": 2, "0206": 2, "0502": 3, "0601": 1.5, "0103": 1.5,
    "unclassified": 2, "E0690": 0,
}  # fmt: skip
_NOTES = {
    "filed": ("视频画面清晰，直接立案", "再次调看视频，情况属实"),
    "not_found": ("到场未发现所报问题", "现场已自行清理，未见问题"),
    "done": ("已清理完毕", "已现场处理，恢复正常", "已修复", "已劝导整改", "已联系责任方处理完成"),
    "not_done": ("现场仍有残留，未处理到位", "处理后又反弹", "修复不牢固，需返工"),
    "declined": ("正在处理另一起紧急事项", "人在外参加培训，赶不过去", "手头工作已满"),
    "returned": ("不属于本单位职责范围", "权属为物业，应由其他单位处理", "需要产权单位配合"),
    "deferred": ("等待材料到货", "需等雨停后施工", "当事人外出，约定下周处理"),
    "not_filed": ("重复上报", "现场核实不属实", "不属于网格事项"),
    "urged": ("请抓紧办理", "已接近时限，请尽快反馈", "居民再次来电询问"),
    "chosen": ("请贵单位处理", "改由你处理", "经研判归口办理"),
    "forced": ("当事人撤回，终止办理", "拆迁范围内，终止办理"),
    "unable": ("现场大门锁闭，无法核查",),
    "supervised": ("群众多次反映，列入督办", "久拖未决，限期办结"),
    "decided": ("情况属实，按此办理", "请尽量按原时限办结"),
    "visited": ("家中平安，叮嘱用电安全", "老人身体尚好", "反映楼道灯不亮，已上报", "宣传防诈骗"),
}
REPEATED = "与前一件为同一问题，合并办理"
CLASSIFIED = "按上报的文字和照片归类"
CONDUCT = (
    "网格员上门态度较好，但答应的事没有回音",
    "垃圾清运总在清晨作业，声音太大，多次反映没有改",
    "多次反映没有人来看",
)


def note(kind: str, random: Random) -> str:
    """Return a random text for a note of a kind, such as `done` or `returned`."""
    return random.choice(_NOTES[kind])


def resident(random: Random) -> dict[str, object]:
    """Return name and telephone number of an invented reporter.

    No operator assigns the telephone number.
    """
    if random.random() < 0.3:
        return {"anonymous": True}
    name = f"{random.choice('赵钱孙李周吴郑王冯陈')}{random.choice(('女士', '先生', '阿姨', '师傅'))}"
    phone = f"0571-0000{random.randint(0, 9999):04d}"
    shown = random.random() < 0.5
    return {"name": name, "phone": phone, "anonymous": False, "may_be_shown_to_handlers": shown}
