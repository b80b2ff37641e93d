"""Word tables of the pages: no key is in two files, because the later one would win silently."""

import re
from collections import Counter
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"


@pytest.mark.parametrize("front", ["field", "console"])
def test_word_keys_are_unique_across_files(front: str) -> None:
    folder = WEB / front / "src" / "words"
    put_together = re.search(r"const WORDS = \{(.*?)\}", (folder / "index.ts").read_text(), re.S)
    assert put_together
    tables = re.findall(r"\.\.\.(\w+)", put_together[1])
    words: list[str] = []
    for file in folder.glob("*.ts"):
        for name, table in re.findall(r"export const (\w+) = \{\n(.*?)\n\}", file.read_text(), re.S):
            if name in tables:
                words += re.findall(r"^  (\w+):", table, re.M)
                tables.remove(name)
    assert not tables, "not found as a table of words"
    assert len(words) > 50
    assert [word for word, times in Counter(words).items() if times > 1] == []
