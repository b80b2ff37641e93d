"""The parser of bodies, queries and forms for all views.

Unknown keys are errors. The body of a view that is marked by `parse_with_orjson` is parsed with orjson.
"""

from typing import Any

import marshmallow as ma
import orjson
from flask import Request
from webargs.flaskparser import FlaskParser, is_json_request

from app.core.errors import Invalid
from app.http.compression import PARSE_WITH_ORJSON
from app.http.messages import field_errors
from app.http.schema import Schema


class ArgumentsParser(FlaskParser):
    """Parser of arguments that raises Invalid (`validation_failed`) with the faults of each field."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": ma.RAISE, "query": ma.RAISE, "form": ma.RAISE}  # noqa: RUF012

    def _raw_load_json(self, req: Request) -> Any:
        """Parse the body as JSON, with orjson if `parse_with_orjson` marks the view.

        A body that orjson refuses, such as one with NaN, is parsed by the standard library.
        """
        if req.environ.get(PARSE_WITH_ORJSON) and is_json_request(req):
            try:
                return orjson.loads(req.get_data(cache=True))
            except ValueError:
                pass
        return super()._raw_load_json(req)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Return the parameters of the query; in lists where the schema has lists."""
        if isinstance(schema, Schema):
            return schema.query_data(req.args)
        return super().load_querystring(req, schema)

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """Raise Invalid with the faults of the fields."""
        raise Invalid("validation_failed", extra={"errors": field_errors(error.normalized_messages())})
