"""Use case: read the columns of a file before its import, with a suggestion for each."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.core import clock
from app.core.actor import Actor
from app.exchange.queries import surroundings as queries
from app.exchange.rules.contract import Field
from app.exchange.rules.faults import FileRefused
from app.exchange.rules.households import PARTS
from app.exchange.rules.suggestions import SAMPLE_ROWS, Suggestion, suggest_fields
from app.exchange.rules.text_readers import OneOf
from app.exchange.service.file_reader import opened_table
from app.exchange.service.import_requests import refusal
from app.exchange.service.import_runs import KIND_CLASSES
from app.exchange.service.options import Options
from app.exchange.service.row_import import Transaction
from app.profiles import service as profiles


def read_columns(
    transaction: Transaction,
    actor: Actor,
    *,
    kind: str,
    file: bytes,
    name: str,
    language: str,
    jurisdiction: str | None = None,
    layer: str | None = None,
) -> dict[str, Any]:
    """Return the columns of a file with their first values and suggestions, and the fields of the kind of import.

    Nothing is stored.

    Args:
        language: `en` or `zh`, of titles and sentences.
    """
    options = Options(jurisdiction=jurisdiction, layer=layer)
    with transaction(actor) as session:
        jurisdiction_id = profiles.jurisdiction_named(session, jurisdiction, actor)
        profile = profiles.profile_at(session, jurisdiction_id, clock.now()).profile
        needs_parts = kind == "households" and profile.address_rule != "free"
        fields = KIND_CLASSES[kind](actor, options, jurisdiction_id, profile, None).fields
        box = queries.extent(session, jurisdiction_id)
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"upload{Path(name).suffix.lower()}"
            path.write_bytes(file)
            with opened_table(path, name=path.name, layer=layer) as table:
                rows = [row.cells for row in islice(table.rows, SAMPLE_ROWS)]
    except FileRefused as error:
        raise refusal(error) from None
    columns = suggest_fields(table.header, rows, fields, has_shapes=table.has_shapes, box=box)
    return {
        "kind": kind,
        "format": table.format,
        "rows_expected": table.count,
        "has_shapes": table.has_shapes,
        "columns": [_column(column, language) for column in columns],
        "fields": [
            {
                **_field(each, language, has_shapes=table.has_shapes),
                **({"is_required": True} if needs_parts and each.name in PARTS else {}),
            }
            for each in fields
        ],
    }


def _column(column: Suggestion, language: str) -> Mapping[str, Any]:
    return {
        "name": column.name,
        "values": column.values,
        "recognised": column.recognised,
        "field": column.field_name,
        "reason": column.reason,
        "sentence": column.sentence(language),
    }


def _field(field: Field, language: str, *, has_shapes: bool) -> Mapping[str, Any]:
    is_given = has_shapes and field.name in ("lon", "lat", "geometry")
    words = field.read.names() if isinstance(field.read, OneOf) else []
    return {
        "name": field.name,
        "title": field.title[language],
        "note": field.note[language],
        "is_required": field.required and not is_given,
        "is_personal": field.explicit,
        "needs": field.needs,
        "words": words,
    }
