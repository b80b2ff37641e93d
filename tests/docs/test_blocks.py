"""A page that shows something else than its commands print is found, and its output is written anew."""

import pytest

from tests.docs.blocks import masked, read_blocks
from tests.docs.pages import follow, rewrite
from tests.docs.reader import Shell

PAGE = """# A page

```sh
NAME=grid; echo "$NAME of 2026-11-29"
```

```text
grid of 2020-01-01
```

```sh
echo '{"id": "019caa00-0000-7000-8000-000000000001", "n": 3}' > answer.json; jq . answer.json
```

```json
{
  "id": "019caa00-0000-7000-8000-00000000000f",
  "n": 3
}
```

```sh exit=2
sh -c 'exit 2'
```
"""


@pytest.fixture
def shell(tmp_path):
    made = Shell(tmp_path / "reader", {})
    yield made
    made.close()


def page_of(tmp_path, text):
    path = tmp_path / "page.md"
    path.write_text(text)
    return path


def test_page_is_right_though_ids_and_days_differ(tmp_path, shell):
    assert follow(page_of(tmp_path, PAGE), shell).faults == []


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ('"n": 3\n}', '"n": 4\n}', "page.md:15: shown"),
        ("grid of 2020-01-01", "grids of 2020-01-01", "page.md:7: shown"),
        ("sh exit=2", "sh", "page.md:22: exit status [2]"),
        ("sh -c 'exit 2'", "true", "page.md:22: exit status 0"),
        ("NAME=grid;", "NAME=grid; false;", "page.md:3: exit status [1]"),
    ],
)
def test_page_with_one_wrong_thing_has_a_fault(tmp_path, shell, right, wrong, fault):
    assert PAGE.count(right) == 1
    (described,) = follow(page_of(tmp_path, PAGE.replace(right, wrong)), shell).faults
    assert described.startswith(fault), described


def test_outputs_are_written_anew_where_they_differ(tmp_path, shell):
    path = page_of(tmp_path, PAGE.replace('"n": 3\n}', '"n": 4\n}'))
    rewrite(path, follow(path, shell))
    assert [block.text for block in read_blocks(path) if block.language == "json"] == [
        '{\n  "id": "019caa00-0000-7000-8000-000000000001",\n  "n": 3\n}\n'
    ]
    assert "grid of 2020-01-01" in path.read_text(), "what only differs in its day stays"


def test_numbers_are_masked_only_where_they_vary():
    assert masked("5 of 20") == "5 of 20"
    assert masked("5 of 20", varies=True) == "<n> of <n>"
