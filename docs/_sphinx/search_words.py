"""Words of the search index: English words by their stem, Chinese text as pairs of characters that stand side by side.

Chinese has no spaces. Pairs find every term of two and more characters without a dictionary: a query is cut in the same way.
"""

import re

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

WORD = re.compile(r"[\u4e00-\u9fff]+|(?:(?![\u4e00-\u9fff])\w)+")


class SearchWords(SearchEnglish):
    """English words, and pairs of Chinese characters."""

    lang = "gridward"
    language_name = "English"
    js_splitter_code = r"""
function splitQuery(query) {
  const words = query.match(/[\u4e00-\u9fff]+|(?:(?![\u4e00-\u9fff])[\p{L}\p{N}_])+/gu) || [];
  return words.flatMap((word) => (/[\u4e00-\u9fff]/.test(word) ? pairs(word) : [word]));
}
function pairs(run) {
  const found = [...run].slice(1).map((_, at) => run.slice(at, at + 2));
  return found.length > 0 ? found : [run];
}
"""

    def split(self, input: str) -> list[str]:
        """Return the words of a text."""
        words: list[str] = []
        for run in WORD.findall(input):
            is_chinese = "\u4e00" <= run[0] <= "\u9fff"
            words += (
                [run[at : at + 2] for at in range(len(run) - 1)] if is_chinese and len(run) > 1 else [run]
            )
        return words


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the language of the search index."""
    app.add_search_language(SearchWords)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
