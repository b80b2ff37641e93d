"""Names of streets, compounds and shops, in Chinese and English. All are invented."""

from collections.abc import Iterator
from random import Random

from app.demo.city.parts import Text


def _pairs(words: str) -> list[tuple[str, str]]:
    return [(word.split()[0], word.split()[1]) for word in words.split(",")]


MAIN_STREETS = [
    Text(*pair)
    for pair in (
        ("古荡路", "Gudang Road"), ("莲池路", "Lianchi Road"), ("学苑路", "Xueyuan Road"),
        ("文景路", "Wenjing Road"), ("益民路", "Yimin Road"), ("嘉禾路", "Jiahe Road"),
    )
]  # fmt: skip
RING_STREETS = [
    Text(*pair)
    for pair in (
        ("云栖南路", "Yunqi South Road"), ("云栖东路", "Yunqi East Road"),
        ("云栖北路", "Yunqi North Road"), ("云栖西路", "Yunqi West Road"),
    )
]  # fmt: skip
BANK_STREETS = [Text("滨河北路", "Binhe North Road"), Text("滨河南路", "Binhe South Road")]
DIAGONAL = Text("凤起斜街", "Fengqi Diagonal")
RAILWAY = Text("西城铁路", "Xicheng Railway")
RIVER = Text("沿山浜", "Yanshan Brook")

_FIRST = _pairs(
    "梅 Mei,兰 Lan,竹 Zhu,菊 Ju,松 Song,柳 Liu,桂 Gui,枫 Feng,荷 He,杏 Xing,桃 Tao,槐 Huai,银 Yin,金 Jin,玉 Yu,"
    "石 Shi,青 Qing,"
    "白 Bai,红 Hong,云 Yun,东 Dong,南 Nan,西 Xi,北 Bei,春 Chun,秋 Qiu,明 Ming,安 An,福 Fu,宁 Ning,长 Chang,文 Wen,"
    "花 Hua,望 Wang,德 De,清 Qing,龙 Long,凤 Feng,鹤 He,鹿 Lu,永 Yong,泰 Tai,瑞 Rui,祥 Xiang,"
    "锦 Jin,翠 Cui,墨 Mo,书 Shu,琴 Qin,画 Hua,霞 Xia,月 Yue,星 Xing,晨 Chen,和 He,乐 Le,康 Kang,丰 Feng,嘉 Jia,雅 Ya"
)
_SECOND = _pairs(
    "园 yuan,苑 yuan,溪 xi,桥 qiao,井 jing,湾 wan,山 shan,林 lin,塘 tang,坊 fang,泉 quan,亭 ting"
)
_LANES = (("街", "Street"), ("巷", "Lane"), ("弄", "Alley"), ("里", "Row"))
_COMPOUND_FIRST = _pairs(
    "翠竹 Cuizhu,桂语 Guiyu,莲池 Lianchi,香樟 Xiangzhang,文苑 Wenyuan,玉泉 Yuquan,柳浪 Liulang,荷风 Hefeng,"
    "梅香 Meixiang,松韵 Songyun,银杏 Yinxing,紫荆 Zijing,兰亭 Lanting,清波 Qingbo,曲水 Qushui,嘉禾 Jiahe,"
    "和睦 Hemu,安居 Anju,春晓 Chunxiao,望湖 Wanghu,"
    "金桂 Jingui,云溪 Yunxi,晴川 Qingchuan,枫林 Fenglin,听雨 Tingyu,观澜 Guanlan,锦绣 Jinxiu,永福 Yongfu,"
    "都市 Dushi,新月 Xinyue,南湖 Nanhu,东篱 Dongli,西厢 Xixiang,北辰 Beichen,天目 Tianmu,青枫 Qingfeng,"
    "橡树 Xiangshu,红枫 Hongfeng,丽景 Lijing,映月 Yingyue,沁园 Qinyuan,碧波 Bibo,芳草 Fangcao,云杉 Yunshan,"
    "海棠 Haitang,"
    "丁香 Dingxiang,茉莉 Moli,山茶 Shancha,白鹭 Bailu,仙林 Xianlin,秋涛 Qiutao,静水 Jingshui,明珠 Mingzhu,金都 Jindu"
)
_COMPOUND_SECOND = (
    ("苑", "Court"),
    ("里", "Row"),
    ("公寓", "Apartments"),
    ("花园", "Garden"),
    ("新村", "New Village"),
    ("小区", "Estate"),
)
SHOPS = (
    ("便利店", "Convenience Store", "convenience"), ("小吃店", "Snack Bar", "restaurant"),
    ("面馆", "Noodle House", "restaurant"),
    ("水果店", "Fruit Shop", "greengrocer"), ("药房", "Pharmacy", "pharmacy"), ("理发店", "Barber", "hairdresser"),
    ("五金店", "Hardware Shop", "hardware"), ("茶馆", "Tea House", "cafe"), ("洗衣店", "Laundry", "laundry"),
    ("书店", "Bookshop", "books"),
)  # fmt: skip


class Names:
    """Source of names, each given once."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._streets = [Text(a + b, p + q) for a, p in _FIRST for b, q in _SECOND]
        self._compounds = [Text(a + b, f"{p} {q}") for a, p in _COMPOUND_FIRST for b, q in _COMPOUND_SECOND]
        self._random.shuffle(self._streets)
        self._random.shuffle(self._compounds)
        self._shop_first = self._streets[-120:]
        del self._streets[-120:]
        self._shops = self._shop_names()

    def street(self, *, is_large: bool) -> Text:
        """Return the name of a street that has none yet: a road if it is large, else a lane."""
        stem = self._streets.pop()
        zh, en = ("路", "Road") if is_large else self._random.choice(_LANES)
        return Text(stem.zh + zh, f"{stem.en} {en}")

    def compound(self) -> Text:
        return self._compounds.pop()

    def shop(self) -> tuple[Text, str]:
        """Return name and kind of a shop."""
        return next(self._shops)

    def _shop_names(self) -> Iterator[tuple[Text, str]]:
        for zh, en, kind in SHOPS * (len(self._shop_first) // len(SHOPS)):
            stem = self._shop_first.pop()
            yield Text(stem.zh + zh, f"{stem.en} {en}"), kind
