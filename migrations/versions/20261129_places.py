"""Places in words: named places of the register, and the nearest place of each case.

The SQL is in `migrations/places_0084.sql`. `migrations/pinyin.txt` has the readings of characters: a line is a reading and its
characters, or readings of two characters and the words that have them. It was made with pypinyin 0.55.0 (MIT).
"""

import re
from collections.abc import Iterator
from pathlib import Path

from alembic import op

revision = "0084_places"
down_revision = "0083_open_cases_by_deadline"

FOLDER = Path(__file__).parents[1]
SQL = FOLDER / "places_0084.sql"
READINGS = FOLDER / "pinyin.txt"
DROPPED = """
drop trigger name_place on incident;
drop trigger keep_place on area_version;
drop trigger keep_places_of_new on premises;
drop trigger keep_places_of_changed on premises;
alter table incident drop column place, drop column public_place;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons and percent signs for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def readings() -> Iterator[tuple[str, list[str]]]:
    """Yield each character, and each word of two characters, with its syllables."""
    for line in READINGS.read_text(encoding="utf-8").splitlines():
        pinyin, hanzi = line.split(" ")
        syllables = pinyin.split("'")
        for item in hanzi if len(syllables) == 1 else hanzi.split(","):
            yield item, syllables


def upgrade() -> None:
    run(SQL.read_text(encoding="utf-8"))
    rows = ",".join(f"('{hanzi}','{{{','.join(syllables)}}}')" for hanzi, syllables in readings())
    run(f"insert into syllable (hanzi, pinyin) values {rows};")


def downgrade() -> None:
    run(DROPPED)
    functions = re.findall(r"^create function (\w+)\(", SQL.read_text(encoding="utf-8"), re.MULTILINE)
    run("".join(f"drop function {name};" for name in reversed(functions)))
    run("drop table named_place; drop table syllable;")
