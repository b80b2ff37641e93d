"""The findings of the demo by category: words, kinds of places, and the picture of each. Pure.

`where` names a kind of place of `app.demo.placing`. A finding with several places is found at each of them.
"""

from dataclasses import dataclass

from app.demo.scenes import SCENES

_ROADS = ("road", "crossing")
_STREETS = ("road", "lane")


@dataclass(frozen=True, slots=True)
class Finding:
    """A thing that is found.

    Attributes:
        where: Kinds of places where it is found.
        scene: Key of its picture in SCENES.
        weight: How often it is reported, compared with the other findings of the category.
    """

    where: tuple[str, ...]
    zh: str
    en: str
    scene: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.scene not in SCENES:
            raise ValueError(f"{self.scene}: no such scene")


def _f(where: str | tuple[str, ...], zh: str, en: str, scene: str, weight: float = 1.0) -> Finding:
    return Finding((where,) if isinstance(where, str) else where, zh, en, scene, weight)


FINDINGS: dict[str, tuple[Finding, ...]] = {
    "0101": (_f(_STREETS, "上水井盖缺失", "A water cover is missing", "cover_missing"),),
    "0102": (
        _f(_STREETS, "污水井盖翘起，车辆碾压有异响", "A sewer cover is tilted and rattles", "cover_tilted"),
        _f("court", "污水井盖破损", "A sewer cover is broken", "cover_missing"),
    ),
    "0103": (_f(_STREETS, "雨水箅子被落叶堵塞", "A storm drain is blocked by leaves", "grate"),),
    "0104": (_f("road", "电力井盖松动", "A power cover is loose", "cover_tilted"),),
    "0105": (_f(_STREETS, "通信交接箱箱门敞开", "A telecom cabinet stands open", "cabinet"),),
    "0106": (
        _f(_STREETS, "路灯不亮，夜间昏暗", "A street lamp is out", "lamp_out", 2),
        _f("road", "路灯杆倾斜", "A lamp post leans", "lamp_tilted"),
    ),
    "0107": (_f(_STREETS, "消火栓漏水、倾斜", "A hydrant leaks and leans", "hydrant"),),
    "0108": (_f("court", "电力箱箱门损坏", "The door of a power cabinet is broken", "cabinet"),),
    "0201": (_f("crossing", "交通信号灯不亮", "The traffic light is out", "traffic_light"),),
    "0202": (_f(_ROADS, "交通标志牌被撞弯", "A traffic sign is bent", "sign_bent"),),
    "0203": (
        _f("road", "道路护栏缺损", "The guard rail has a gap", "railing"),
        _f("river", "河边护栏松动缺失", "The railing at the brook is loose", "railing_river"),
    ),
    "0204": (_f("stop", "公交站亭玻璃破碎", "The glass of the bus shelter is broken", "shelter"),),
    "0205": (_f(_STREETS, "人行道地砖松动，易绊倒", "Paving slabs are loose, people stumble", "slabs"),),
    "0206": (
        _f("road", "车行道出现坑洞", "There is a pothole in the carriageway", "pothole", 2),
        _f("lane", "路面龟裂", "The road surface is cracked", "cracks"),
    ),
    "0301": (_f("park", "公共厕所漏水、地面积水", "The public toilet leaks", "toilet"),),
    "0302": (
        _f(("road", "market"), "垃圾箱满溢", "The litter bin overflows", "bin_full", 2),
        _f("park", "垃圾箱满溢", "The litter bin overflows", "bin_full_park"),
        _f("lane", "垃圾箱箱体损坏", "The litter bin is broken", "bin_broken"),
    ),
    "0303": (_f("court", "垃圾分类投放点混投、桶边落地", "Bags lie before the sorting point", "sorting"),),
    "0304": (_f("court", "宣传栏倾斜、玻璃破损", "The notice board leans and is broken", "board"),),
    "0401": (
        _f(_STREETS, "行道树倾斜，有倒伏危险", "A street tree leans dangerously", "tree_leaning"),
    ),
    "0402": (_f(("court", "lane"), "花坛护栏破损", "The edging of a flower bed is broken", "edging"),),
    "0403": (_f("park", "绿地座椅与护栏损坏", "A bench of the green is damaged", "branches"),),
    "0501": (_f("lane", "围墙开裂、砖块掉落", "The boundary wall crumbles", "wall"),),
    "0502": (_f("stair", "楼道照明灯不亮", "The stairwell light is out", "stair_dark"),),
    "0601": (_f(("park", "court"), "健身器材损坏", "Exercise equipment is broken", "gym"),),
    "0602": (_f(("lane", "shop"), "无障碍坡道被非机动车占用", "The access ramp is blocked", "ramp"),),
    "E0101": (_f("court", "绿地内搭建棚屋", "A shed was built on the green", "shed"),),
    "E0102": (
        _f("court", "垃圾桶旁堆放生活垃圾", "Bags of rubbish lie beside the bins", "bags_court", 3),
        _f("lane", "沿街堆放生活垃圾，有异味", "Household rubbish lies in the street and smells", "bags_street", 3),
        _f("stair", "楼道内堆放垃圾袋", "Rubbish bags stand in the stairwell", "bags_stairs"),
        _f("market", "菜场门口垃圾未清运", "Waste at the market has not been cleared", "bags_market", 2),
    ),
    "E0103": (
        _f("lane", "装修垃圾堆在路边未清运", "Builders' waste lies at the roadside", "rubble_street"),
        _f("court", "装修垃圾袋堆在绿地边", "Sacks of builders' waste lie beside the green", "sacks"),
        _f("court", "拆下的砖块堆在楼下", "Rubble lies before the house", "rubble_court"),
    ),
    "E0104": (
        _f(_STREETS, "路面落叶堆积未清扫", "Leaves have not been swept", "leaves", 2),
        _f("road", "沙石料洒落一地", "Sand was spilled on the road", "sand"),
        _f("shop", "路面油污未清", "There is oil on the road", "oil"),
    ),
    "E0105": (
        _f("park", "草坪上散落垃圾", "Litter lies on the lawn", "litter_lawn", 2),
        _f("court", "绿化带内有暴露垃圾", "There is litter in the green strip", "litter_court"),
    ),
    "E0106": (
        _f(_STREETS, "花坛植物枯死未补种", "Plants of the bed are dead", "dry_plants"),
        _f("park", "修剪的树枝未清运", "Cut branches have not been taken away", "branches"),
    ),
    "E0107": (
        _f("river", "河面漂浮垃圾", "Litter floats on the brook", "river_litter", 2),
        _f("river", "河面有大片蓝藻", "Algae cover the brook", "algae"),
        _f("river", "排水口有泡沫和异味", "Foam comes from an outlet", "foam"),
    ),
    "E0108": (_f("shop", "餐饮店油烟直排", "A kitchen blows its fumes into the street", "smoke"),),
    "E0201": (
        _f("stair", "楼道墙面贴有小广告", "The stairwell is full of small advertisements", "stickers_stairs"),
        _f("lane", "外墙贴满小广告", "A wall is covered with small advertisements", "stickers_wall"),
        _f("road", "电线杆上新贴多张小广告", "New small advertisements on a pole", "stickers_pole"),
    ),
    "E0202": (
        _f("park", "树上违规悬挂横幅", "A banner hangs between trees", "banner"),
        _f("school", "校门口违规悬挂横幅", "A banner hangs at the gate of the school", "banner_gate"),
    ),
    "E0203": (_f("road", "户外广告布破损下垂", "An advertisement is torn and hangs down", "hoarding"),),
    "E0301": (_f("site", "工地夜间仍在施工，噪声大", "The building site works at night, with noise", "site_night"),),
    "E0302": (_f("site", "工地扬尘，未洒水覆盖", "The building site raises dust", "site_dust"),),
    "E0303": (_f("road", "无证开挖路面，未设围挡", "The road was dug up without a permit", "dug_up"),),
    "E0401": (_f("road", "路面塌陷，已放警示桩", "The road has collapsed", "collapse"),),
    "E0402": (_f(_STREETS, "自来水管破裂，水柱喷出", "A water main has burst", "burst_pipe"),),
    "E0403": (_f("court", "楼外燃气立管漏气，有异味", "Gas leaks from a riser, it smells", "gas"),),
    "E0404": (
        _f("court", "污水井外溢", "Sewage flows out of a manhole", "sewage", 2),
        _f("shop", "店前下水道外溢", "The drain before a shop overflows", "sewage_shops"),
    ),
    "E0405": (
        _f("rail", "铁路桥下积水四十厘米，车过不去", "Water stands 40 cm deep below the railway", "flood_underpass"),
        _f(("river", "road"), "路面积水约二十厘米，行人无法通过", "Water stands 20 cm deep", "flood_street", 2),
        _f("lane", "雨后积水未退", "Puddles remain after the rain", "puddles", 2),
    ),
    "E0406": (_f(_STREETS, "架空线缆坠落，悬在人行道上方", "A cable has fallen over the pavement", "cable_down"),),
    "E0501": (
        _f("school", "校门口流动摊贩占道", "A vendor stands at the school gate", "stall_day", 2),
        _f("market", "菜场外流动摊贩占道售卖水果", "A vendor sells fruit outside the market", "stall_market", 2),
        _f(("stop", "crossing"), "夜宵摊占用人行道", "A night stall stands on the pavement", "stall_night"),
    ),
    "E0502": (
        _f("shop", "店外摆放货筐", "Baskets stand outside the shop", "goods", 2),
        _f("shop", "店外摆放桌椅", "Tables stand outside the shop", "tables"),
    ),
    "E0503": (
        _f("shop", "小车停在人行道上", "A car stands on the pavement", "car_pavement", 2),
        _f("school", "小车停在校门口，堵住通道", "A car blocks the school gate", "car_gate"),
        _f("market", "货车长时间停在菜场门口", "A van blocks the entrance of the market", "van_market"),
        _f("court", "小车停在小区绿化带旁，占用通道", "A car blocks the path of the estate", "car_court"),
    ),
    "E0504": (
        _f(("road", "stop"), "共享单车乱停，挡住人行道", "Shared bicycles block the pavement", "bicycles", 3),
        _f("school", "校门口共享单车堆积", "Shared bicycles pile up at the school gate", "bicycles_gate"),
        _f("road", "共享单车倒伏一片", "Shared bicycles lie on the ground", "bicycles_fallen"),
        _f("shop", "电动车停放杂乱", "E-bikes stand in disorder", "scooters", 2),
    ),
    "E0505": (
        _f("stair", "杂物堆放在楼道", "Old furniture stands in the stairwell", "junk_stairs"),
        _f("shop", "沿街堆放纸箱", "Boxes are piled in the street", "boxes_street"),
        _f("market", "菜场门口堆放纸箱", "Boxes are piled at the market", "boxes_market"),
        _f("court", "旧家具堆在楼下", "Old furniture lies before the house", "junk_court"),
    ),
    "E0506": (
        _f("road", "电动车占用盲道", "E-bikes stand on the tactile paving", "tactile"),
        _f("shop", "纸箱占用盲道", "Boxes stand on the tactile paving", "tactile_boxes"),
    ),
    "E0601": (
        _f("court", "消防通道被车辆堵塞", "A car blocks the fire lane", "fire_lane_car", 2),
        _f("lane", "消防通道堆放杂物", "Goods block the fire lane", "fire_lane_junk"),
    ),
    "E0602": (
        _f("court", "居民从窗口拉线给电动车充电", "An e-bike is charged by a lead from a window", "lead_court"),
        _f("stair", "电动车停在楼道内充电", "E-bikes are charged in the stairwell", "ebikes_stairs"),
    ),
    "E0603": (
        _f("stair", "楼上楼下因漏水发生争执", "Neighbours quarrel about a leak", "leak"),
        _f("stair", "因停车位发生纠纷", "Neighbours quarrel about a parking space", "quarrel"),
    ),
    "E0604": (_f("stair", "独居老人两天没有出门", "An elder who lives alone has not come out for two days", "elder"),),
    "E0605": (_f("stair", "邻居听到持续争吵求助声", "Neighbours heard calls for help", "helper"),),
    "E0606": (_f("stair", "燃气热水器排烟管脱落", "The flue of a gas heater has come off", "heater"),),
    "unclassified": (
        _f(("lane", "court"), "有一处情况说不清楚，请派人来看看", "Something is odd here, please come and look", "graffiti"),
        _f("road", "不知道归谁管，先报上来", "I do not know who is in charge of this", "cabinet"),
    ),
}  # fmt: skip
CONDUCT = "E0690"
# Findings of set pieces of the story, beside the ordinary ones.
SITE_NOISE = FINDINGS["E0301"][0]
RISING = FINDINGS["E0504"][0]
FLOOD_NIGHT: tuple[tuple[str, Finding], ...] = (
    ("E0405", _f("rail", "铁路桥下积水近一米，有车被困", "A car is stuck in deep water below the railway", "flood_underpass")),
    ("E0405", _f(("river", "road"), "河水漫上路面，积水没过脚踝", "The brook has come over the road", "flood_night", 4)),
    ("E0404", _f(("court", "shop"), "下水道倒灌，污水漫出", "Sewage comes back out of the drains", "sewage", 2)),
    ("0401", _f(("road", "lane"), "大风吹倒行道树，压住道路", "The wind has thrown a tree across the road", "tree_fallen", 2)),
    ("E0406", _f(("road", "lane"), "线缆被风刮落，垂到路面", "A cable hangs down to the road", "cable_night", 2)),
    ("0103", _f("road", "雨水箅子堵塞，水排不出", "A drain is blocked and the water stays", "grate")),
)  # fmt: skip
UNCLASSIFIED_ALIKE = (
    "路中间的铁板被压得翘起来了，过车响得厉害",
    "路中间有块铁板翘起来，过车声音很响，怕伤人",
    "那块铁板翘起来了，过车响，晚上睡不着",
    "铁板翘起来了，电动车差点摔倒，过车响",
    "过车的时候铁板翘起来响，请派人来看",
)
