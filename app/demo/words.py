"""Chinese texts of the demo's reports and notes."""

from random import Random

# How often each category is reported, of all others 1.
WEIGHTS = {
    "E0102": 14, "E0104": 6, "E0105": 5, "E0103": 4, "E0106": 2, "E0107": 0.4, "E0108": 2, "E0101": 1,
    "E0201": 8, "E0202": 4, "E0203": 1, "E0301": 3, "E0302": 2, "E0303": 0.6,
    "E0401": 0.3, "E0402": 0.5, "E0403": 0.3, "E0404": 1.5, "E0405": 1, "E0406": 0.8,
    "E0501": 7, "E0502": 6, "E0503": 9, "E0504": 11, "E0505": 6, "E0506": 3,
    "E0601": 4, "E0602": 5, "E0603": 5, "E0604": 1.5, "E0605": 0.2, "E0606": 1,
    "0302": 4, "0303": 4, "0106": 2.5, "0205": 2, "0206": 2, "0502": 3, "0601": 1.5, "0103": 1.5,
    "unclassified": 2, "E0690": 0,
}  # fmt: skip

# What was found, by category; others are named by the taxonomy.
_FINDINGS = {
    "E0102": ("垃圾桶旁堆放生活垃圾", "绿化带边有暴露垃圾，有异味", "单元门口堆放垃圾袋"),
    "E0103": ("装修垃圾堆在路边未清运", "沙石料洒落一地"),
    "E0104": ("路面有大片落叶和积水", "路面油污未清"),
    "E0201": ("楼道墙面贴有小广告", "电线杆上新贴多张小广告"),
    "E0301": ("工地夜间仍在施工，噪声大", "打桩声音影响居民休息"),
    "E0404": ("污水井盖处污水外溢", "化粪池满溢"),
    "E0405": ("路面积水约二十厘米，行人无法通过",),
    "E0501": ("流动摊贩占道售卖水果", "夜宵摊占用人行道"),
    "E0503": ("小车停在消防通道边", "车辆停在小区出口"),
    "E0504": ("共享单车乱停，挡住人行道", "电动车停放杂乱"),
    "E0505": ("杂物堆放在楼道", "沿街堆放纸箱"),
    "E0601": ("消防通道被车辆堵塞", "消防通道堆放杂物"),
    "E0602": ("有居民从窗口拉线给电动车充电",),
    "E0603": ("楼上楼下因漏水发生争执", "因停车位发生纠纷"),
    "E0604": ("独居老人两天未出门，电话无人接听",),
    "0106": ("路灯不亮，夜间昏暗", "路灯杆倾斜"),
    "0206": ("车行道出现坑洞", "路面龟裂"),
    "0205": ("人行道地砖松动，易绊倒",),
    "0302": ("垃圾箱满溢", "垃圾箱箱门损坏"),
    "0502": ("楼道照明灯不亮",),
    "unclassified": ("有一处情况说不清楚，请派人来看看", "不知道归谁管，先报上来"),
}
_LOCATIONS = (
    "小区东门旁",
    "沿街店铺前",
    "公交站后",
    "3幢楼下",
    "菜场门口",
    "河边步道",
    "幼儿园围墙外",
    "单元楼道内",
)
_DONE = ("已清理完毕", "已现场处理，恢复正常", "已修复", "已劝导整改", "已联系责任方处理完成")
_NOT_DONE = ("现场仍有残留，未处理到位", "处理后又反弹", "修复不牢固，需返工")
_DECLINED = ("正在处理另一起紧急事项", "人在外参加培训，赶不过去", "手头工作已满")
_RETURNED = ("不属于本单位职责范围", "权属为物业，应由其他单位处理", "需要产权单位配合")
_DEFERRED = ("等待材料到货", "需等雨停后施工", "当事人外出，约定下周处理")
_NOT_FILED = ("重复上报", "现场核实不属实", "不属于网格事项")
_URGED = ("请抓紧办理", "已接近时限，请尽快反馈", "居民再次来电询问")
_SUPERVISED = ("群众多次反映，列入督办", "久拖未决，限期办结")
_DECIDED = ("情况属实，按此办理", "请尽量按原时限办结")
_CHOSEN = ("请贵单位处理", "改由你处理", "经研判归口办理")
_FORCED = ("当事人撤回，终止办理", "拆迁范围内，终止办理")
_UNABLE = ("现场大门锁闭，无法核查",)
_FILED = ("视频画面清晰，直接立案", "再次调看视频，情况属实")
_NOT_FOUND = ("到场未发现所报问题", "现场已自行清理，未见问题")
_NOTES = {
    "filed": _FILED, "not_found": _NOT_FOUND,
    "done": _DONE, "not_done": _NOT_DONE, "declined": _DECLINED, "returned": _RETURNED, "deferred": _DEFERRED,
    "not_filed": _NOT_FILED, "urged": _URGED, "chosen": _CHOSEN, "forced": _FORCED, "unable": _UNABLE,
    "supervised": _SUPERVISED, "decided": _DECIDED,
}  # fmt: skip
CLASSIFIED = "按上报的文字和照片归类"
CONDUCT = (
    "网格员上门态度较好，但答应的事没有回音",
    "垃圾清运总在清晨作业，声音太大，多次反映没有改",
    "多次反映没有人来看",
)


def finding_text(category: str, name: str, random: Random) -> str:
    """Return the text of a report, made of a place and a problem found there."""
    finding = random.choice(_FINDINGS.get(category, (f"{name}问题，请处理",)))
    return f"{random.choice(_LOCATIONS)}，{finding}。"


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
