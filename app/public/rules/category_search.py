"""Search for a category by words of a reporter, in Chinese or English. Pure."""

import re
import unicodedata
from collections.abc import Iterable

from app.profiles.rules.profile import Category

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
# Words of residents for things, added to the name of a category.
_SAYINGS: dict[str, str] = {
    "垃圾": "脏 臭 废品 rubbish trash garbage waste litter",
    "井盖": "窨井 下水道盖 manhole drain cover lid",
    "路灯": "灯不亮 黑 street light lamp dark",
    "路面": "坑 破损 pothole road surface",
    "人行道": "地砖 步道 pavement sidewalk",
    "积水": "水浸 淹 flood water puddle",
    "乱停": "违停 停车 占道 parking parked car bicycle bike",
    "施工": "工地 噪声 噪音 吵 noise construction building site",
    "小广告": "牛皮癣 张贴 advertisement sticker flyer",
    "摊贩": "摆摊 占道经营 vendor stall",
    "树": "树枝 倒伏 枯 tree branch",
    "绿": "草坪 花坛 grass green park",
    "厕所": "公厕 toilet restroom",
    "油烟": "异味 味道 烧烤 smoke smell fumes",
    "水域": "河 湖 黑臭 river lake water",
    "水管": "漏水 爆管 leak pipe",
    "消防": "通道 堵塞 fire lane blocked",
    "盲道": "无障碍 tactile blind",
    "纠纷": "吵架 邻居 neighbour quarrel",
    "意见": "投诉 态度 complaint conduct",
}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _pieces(text: str) -> set[str]:
    """Return the words of a text; Chinese words as single characters and pairs."""
    pieces: set[str] = set()
    for word in _WORD.findall(_plain(text)):
        if word[0].isascii():
            pieces.add(word.removesuffix("s") if len(word) > 3 else word)
        else:
            pieces |= {word[at : at + 2] for at in range(len(word) - 1)} or {word}
    return pieces


def _haystack(category: Category) -> str:
    names = f"{category.name.zh} {category.name.en} {category.class_name.zh} {category.class_name.en}"
    return " ".join([names, *(sayings for word, sayings in _SAYINGS.items() if word in names)])


def found_categories(categories: Iterable[Category], words: str, *, limit: int = 8) -> list[Category]:
    """Return the categories that share most with the words, the best first; none if nothing is shared."""
    wanted = _pieces(words)
    whole = _plain(words).strip()
    scored = []
    for place, category in enumerate(categories):
        shared = len(wanted & _pieces(_haystack(category)))
        is_named = bool(whole) and (whole in _plain(category.name.zh) or whole in _plain(category.name.en))
        if shared or is_named:
            scored.append((-shared - 3 * is_named, place, category))
    return [category for _, _, category in sorted(scored, key=lambda item: item[:2])[:limit]]
