"""Words of a choice in an import: a refused value is told the accepted words in the reader's language."""

import pytest

from app.core.wording import fill
from app.exchange.rules.faults import SENTENCES, Unreadable
from app.exchange.rules.text_readers import OneOf

KINDS = OneOf(
    {"dwelling": "dwelling", "住宅": "dwelling", "自住": "dwelling", "shop": "shop", "店铺": "shop", "x": 3}
)


def test_refused_choice_names_one_word_for_each_value_in_each_language():
    with pytest.raises(Unreadable) as refused:
        KINDS("宫殿")
    english, chinese = SENTENCES[refused.value.code]
    assert fill(chinese, "zh", **refused.value.params) == "应为以下之一：住宅、店铺、x。"
    assert fill(english, "en", **refused.value.params) == "This is not one of: dwelling, shop and x."
