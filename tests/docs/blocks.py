"""Read the fenced blocks of a page: commands, and the output that the page shows for them.

A block `sh` is run. Each block `text` or `json` after it is output of that command. Words behind the language are marks,
which no reader sees:

- `not-run`: the block cannot run in a test; `tests/docs/not_run.py` has the reason.
- `exit=N`: a command of the block ends with status N.
- `varies`: numbers differ from run to run and are not compared.
- `part`: the output has further lines that the page leaves out.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^(`{3,})(.*)$")
OUTPUT_LANGUAGES = ("text", "json")
# Values that differ from run to run, and what stands for each in a comparison.
VOLATILE = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)"), "<instant>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?"), "<instant>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "<day>"),
    (re.compile(r"\b[\w]+-\d{6}-\d{6}-\d\b"), "<case>"),
    (re.compile(r"\b\d{6}-\d{6}-\d\b"), "<case>"),
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; `begins_at` is the number of its first fence."""

    page: str
    begins_at: int
    language: str
    marks: frozenset[str]
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.begins_at}"

    @property
    def is_run(self) -> bool:
        return self.language == "sh" and "not-run" not in self.marks

    @property
    def exit_status(self) -> int:
        return next((int(mark[5:]) for mark in self.marks if mark.startswith("exit=")), 0)


@dataclass(frozen=True)
class Step:
    """A block of commands with the outputs that the page shows for it."""

    commands: Block
    outputs: tuple[Block, ...]


def read_blocks(path: Path) -> list[Block]:
    """Return all fenced blocks of a page. Raises ValueError for a fence that does not end."""
    blocks: list[Block] = []
    fence, language, marks, begun_at, rows = "", "", frozenset[str](), 0, list[str]()
    for number, row in enumerate(path.read_text().splitlines(), start=1):
        match = FENCE.match(row)
        if not fence and match:
            fence, begun_at, rows = match[1], number, []
            language, *words = match[2].split() or [""]
            marks = frozenset(words)
        elif fence and row == fence:
            page = path.relative_to(ROOT / "docs").as_posix() if path.is_relative_to(ROOT) else path.name
            blocks.append(Block(page, begun_at, language, marks, "\n".join(rows) + "\n"))
            fence = ""
        elif fence:
            rows.append(row)
    if fence:
        raise ValueError(f"{path}:{begun_at}: the block does not end")
    return blocks


def steps_of(blocks: list[Block]) -> list[Step]:
    """Return each block of commands with the outputs that follow it."""
    steps: list[Step] = []
    for block in blocks:
        if block.language == "sh":
            steps.append(Step(block, ()))
        elif block.language in OUTPUT_LANGUAGES:
            if not steps:
                raise ValueError(f"{block.place}: output without a command before it")
            steps[-1] = Step(steps[-1].commands, (*steps[-1].outputs, block))
    return steps


def masked(text: str, *, varies: bool = False) -> str:
    """Return the text with a placeholder in place of each value that differs from run to run."""
    for pattern, placeholder in VOLATILE:
        text = pattern.sub(placeholder, text)
    return re.sub(r"\d+(?:[.,]\d+)*", "<n>", text) if varies else text


def _masked_value(value: Any, *, varies: bool) -> Any:
    if isinstance(value, dict):
        return {key: _masked_value(part, varies=varies) for key, part in value.items()}
    if isinstance(value, list):
        return [_masked_value(part, varies=varies) for part in value]
    if isinstance(value, str):
        return masked(value, varies=varies)
    if varies and isinstance(value, int | float) and not isinstance(value, bool):
        return "<n>"
    return value


def values_in(text: str) -> Iterator[Any]:
    """Yield the JSON values that stand one after another in a text."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        yield value
        while position < len(text) and text[position].isspace():
            position += 1


def differences(shown: Block, output: str) -> str:
    """Return how the output of a command differs from the block that the page shows; empty: it does not."""
    varies = "varies" in shown.marks
    if shown.language == "json":
        wanted = [_masked_value(value, varies=varies) for value in values_in(shown.text.strip())]
        try:
            printed = [_masked_value(value, varies=varies) for value in values_in(output.strip())]
        except ValueError:
            return f"{shown.place}: no JSON:\n{output}"
        return "" if printed == wanted else f"{shown.place}: shown {wanted}\nprinted {printed}"
    wanted_rows = [row.rstrip() for row in masked(shown.text, varies=varies).strip().splitlines()]
    printed_rows = [row.rstrip() for row in masked(output, varies=varies).strip().splitlines()]
    if "part" in shown.marks:
        missing = [row for row in wanted_rows if row not in printed_rows]
        return f"{shown.place}: not in the output: {missing}\nprinted {output}" if missing else ""
    return (
        "" if printed_rows == wanted_rows else f"{shown.place}: shown {wanted_rows}\nprinted {printed_rows}"
    )
