"""Use case: a template of an import, as CSV or XLSX."""

import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.exchange.queries import surroundings as queries
from app.exchange.rules.cell_formats import escape_cell
from app.exchange.rules.contract import Field
from app.exchange.rules.templates import Surroundings, template_fields, template_rows
from app.exchange.rules.text_readers import OneOf
from app.exchange.service.import_runs import KIND_CLASSES
from app.exchange.service.options import Options
from app.profiles import service as profiles
from app.profiles.rules.profile import UNCLASSIFIED, Profile

# A place for a jurisdiction without areas, as in the documents.
_NOWHERE = (120.1142, 30.2786)
_APART = 0.0001
_WIDTH_MAX, _WIDTH_MIN, _LIST_LIMIT = 48, 12, 250


def template_file(
    session: Session, actor: Actor, *, kind: str, format: str, jurisdiction: str | None, language: str
) -> bytes:
    """Return a template with heads and examples for this actor.

    Args:
        format: `csv` or `xlsx`.
        language: `en` or `zh`.
    """
    options = Options(jurisdiction=jurisdiction)
    jurisdiction_id = profiles.jurisdiction_named(session, jurisdiction, actor)
    profile = profiles.profile_at(session, jurisdiction_id, clock.now()).profile
    surroundings = _surroundings(session, actor, jurisdiction_id, profile, language)
    fields = KIND_CLASSES[kind](actor, options, jurisdiction_id, profile, None).fields
    fields = template_fields(kind, fields, surroundings)
    rows = template_rows(kind, fields, surroundings, language)
    return _csv(rows) if format == "csv" else _xlsx(rows, fields, language)


def _surroundings(
    session: Session, actor: Actor, jurisdiction_id: UUID, profile: Profile, language: str
) -> Surroundings:
    levels = profile.levels
    now = clock.now()
    place = queries.example_place(session, actor, jurisdiction_id, level=levels[-1].level, now=now)
    box = queries.extent(session, jurisdiction_id)
    west, south = (box[2] + 0.01, box[1]) if box is not None else _NOWHERE
    lon, lat = _NOWHERE
    points = place["points"] if place is not None else ((lon, lat), (lon + _APART, lat + _APART))
    categories = profile.taxonomy.categories
    ordinary = {code: each for code, each in categories.items() if not (each.conduct or each.confidential)}
    events = [code for code, each in ordinary.items() if each.kind == "event" and code != UNCLASSIFIED]
    components = [code for code, each in categories.items() if each.kind == "component"]
    numbered = [code for code in components if len(code) == 4 and code.isdigit()]
    names = [level.name.zh if language == "zh" else level.name.en for level in levels]
    code = place["code"] if place is not None else ""
    return Surroundings(
        now=now,
        points=tuple((round(x, 6), round(y, 6)) for x, y in points),  # type: ignore[arg-type]
        area_names=queries.names_in(place["names"], language) if place is not None else {},
        area_code=code,
        grid_code=code,
        outlines=(_square(west, south, 0.02), _square(west + 0.005, south + 0.005, 0.005)),
        levels=(names[0], names[min(1, len(names) - 1)]),
        category=next(iter(events or components), UNCLASSIFIED),
        component_class=next(iter(numbered), "0101"),
        has_free_addresses=profile.address_rule == "free",
    )


def _square(west: float, south: float, width: float) -> str:
    west, south, east, north = (round(side, 6) for side in (west, south, west + width, south + width))
    return f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return the rows as CSV in UTF-8 with a byte order mark, as spreadsheets need it for Chinese text."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(["" if cell is None else escape_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: Sequence[Sequence[Any]], fields: Sequence[Field], language: str) -> bytes:
    """Return the rows as a workbook. Columns whose cells are one of few words have a list to choose from."""
    import openpyxl
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append([escape_cell(cell) for cell in row])
    for index, field in enumerate(fields, 1):
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = min(
            _WIDTH_MAX, max(_WIDTH_MIN, *(len(str(row[index - 1] or "")) for row in (rows[0], *rows[2:])))
        )
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet[f"{letter}2"].font = Font(italic=True)
        sheet[f"{letter}2"].alignment = Alignment(wrap_text=True, vertical="top")
        words = ",".join(_words(field, language))
        if words and len(words) <= _LIST_LIMIT:
            validation = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
            validation.showErrorMessage = False
            sheet.add_data_validation(validation)
            validation.add(f"{letter}3:{letter}1000")
    sheet.freeze_panes = "A3"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _words(field: Field, language: str) -> list[str]:
    """Return for each value of a choice one word in the language, or none if the field is no choice."""
    if type(field.read) is not OneOf:
        return []
    words: dict[Any, str] = {}
    for word, value in field.read.choices.items():
        if word.isascii() == (language == "en"):
            words.setdefault(value, word)
    return list(words.values())
