"""Texts of the demo's notes, reporters and residents, and how often each category is reported. Chinese."""

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


# Words by the begin of a category; those of the longest begin that fits are used.
SUPPORTS = (
    "我也遇到了，请尽快处理",
    "每天经过都是这样",
    "同楼的邻居也反映过",
    "今天还在，没有人来",
    "孩子上学要从这里走，请重视",
    "",
)
REPLIES = {
    "": (
        "您反映的问题已收到，已派人到现场查看",
        "已转给负责的单位，处理结果会在这里告诉您",
        "网格员已联系，感谢您的反映",
    ),
    "E01": ("已通知环卫人员清理，感谢您的反映", "保洁员今天会到现场，请您留意"),
    "E05": ("已安排人员到现场劝导", "已联系商家和停放企业，正在整理"),
    "E04": ("抢修人员已出发，请绕行，注意安全",),
    "0": ("已通知养护单位到现场查看", "维修单位已接单，修好后会在这里告诉您"),
}
RATINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "yes": {
        "": ("处理得很快，谢谢", "问题解决了，辛苦了", "网格员态度很好"),
        "E01": ("已经清干净了，谢谢", "垃圾清走了，味道也没有了"),
        "E05": ("车都挪走了，路好走了", "现在门口整齐多了"),
        "0": ("修好了，谢谢师傅", "换了新的，很及时"),
    },
    "partly": {
        "": ("比以前好一些，还没有彻底解决",),
        "E01": ("大的清走了，角落里还有一些", "清了一次，希望能坚持"),
        "E05": ("白天好了，晚上又停满了",),
        "0": ("先围起来了，还没有修",),
    },
    "no": {
        "": ("只回复了，没有人来过", "说处理好了，问题还在", "等了很久，没有下文"),
        "E01": ("垃圾还在原地", "清了半天又堆满了，没有人管"),
        "E05": ("人一走又摆出来了", "车还堵在那里"),
        "0": ("还是坏的，没有修", "修了一天又坏了"),
    },
    "not_filed": {"": ("没有说清楚为什么不受理", "到现场看一眼就知道了，怎么说没有")},
}  # fmt: skip


def of_category(texts: dict[str, tuple[str, ...]], category: str, random: Random) -> str:
    """Return a random text for a category."""
    return random.choice(texts[max((begin for begin in texts if category.startswith(begin)), key=len)])
