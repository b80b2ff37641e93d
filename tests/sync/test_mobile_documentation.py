"""The tables of docs/mobile.md match the registries of entities and operations.

`GRIDWARD_WRITE_DOCS=1 pytest tests/sync/test_mobile_documentation.py` writes them anew.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from app.http.variants import Variants
from app.sync.queries.registry import ENTITIES
from app.sync.routes.registry import OPERATIONS
from app.sync.rules.field_merge import Merge

PAGE = Path(__file__).parents[2] / "docs" / "mobile.md"
WORDS = {Merge.LAST: "last", Merge.SENSITIVE: "sensitive"}


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    rows_of_cells = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows_of_cells)


def fields_of(schema: Any, always: dict[str, Any]) -> str:
    if schema is None:
        return "-"
    is_variants = issubclass(schema, Variants)
    fields = schema.all_fields() if is_variants else {n: f.required for n, f in schema().load_fields.items()}
    named = [
        f"**{n}**" if is_required else n for n, is_required in fields.items() if n not in always and n != "id"
    ]
    return ", ".join(named) or "-"


def operations() -> str:
    """`entity`, `op`, fields of `patch` (bold: required), what it needs."""
    rows = []
    for (entity, op), (kind, schema, always) in OPERATIONS.items():
        parent = f"**{kind.parent}**, " if kind.parent else ""
        needs = ", ".join(f"`{p.value}`" for p in kind.permissions) or "-"
        rows.append(
            (f"`{entity}`", f"`{op}`", (parent + fields_of(schema, always)).removesuffix(", -"), needs)
        )
    return table(("entity", "op", "fields of `patch`", "needs"), rows)


def classes() -> str:
    """Of each patched field its class."""
    rows = []
    for (entity, _), (kind, schema, always) in OPERATIONS.items():
        if kind.facets is None or schema is None:
            continue
        sensitive = [f.fields for f in kind.facets if f.merge is Merge.SENSITIVE]
        named = {name for fields in sensitive for name in fields}
        rest = [n for n in schema().load_fields if n not in named and n not in always]
        sensitive_fields = ", ".join(
            " + ".join(fields) if len(fields) < 4 else f"{fields[0]} ... {fields[-1]}" for fields in sensitive
        )
        rows.append((f"`{entity}`", sensitive_fields or "-", ", ".join(rest) or "-"))
    return table(("entity", "sensitive: a person decides", "the last one to arrive wins"), rows)


def entities() -> str:
    rows = []
    for entity in ENTITIES:
        buckets = ", ".join(f"`{kind}`" for kind in entity.buckets)
        ends = "yes" if "null" not in entity.until else "-"
        needs = f"`{entity.permission.value}`" if entity.permission else "-"
        rows.append((f"`{entity.name}`", buckets, needs, ends))
    return table(("entity", "buckets", "needs", "`until`"), rows)


TABLES = {"operations": operations, "merging": classes, "entities": entities}


@pytest.mark.parametrize("name", TABLES)
def test_mobile_documentation_tables_match_registry(name):
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    page = PAGE.read_text()
    before, _, rest = page.partition(begin)
    written, _, after = rest.partition(end)
    expected = TABLES[name]() + "\n"
    if os.environ.get("GRIDWARD_WRITE_DOCS"):
        PAGE.write_text(before + begin + expected + end + after)
        return
    assert written == expected
