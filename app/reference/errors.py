"""Generator of docs/reference/errors.md: every error code with its status, messages and remedy."""

import re
from collections.abc import Iterable

from app.http.messages import MESSAGES
from app.http.messages.meanings import MEANINGS
from app.http.messages.remedies import REMEDIES
from app.http.messages.titles import TITLES
from app.reference.error_sources import read_sources

# A number with its noun, as `app.core.wording` has it; or a number with separators.
_NUMBER = re.compile(r"\{(\w+):(?:[^|}]*\|([^}]*)|,)\}")
_INTRODUCTION = """\
# Error codes

For authors of clients. `gridward docs errors` makes this page from the code; a test compares.

Every error on `/api/v1` is problem details (RFC 9457) with the media type `application/problem+json`:

```json
{
  "type": "urn:gridward:problem:transition_illegal",
  "title": "Conflict",
  "status": 409,
  "code": "transition_illegal",
  "detail": "The case is in the state 'Closed', which does not allow the step 'Start handling'.",
  "request_id": "561fa99ae0a64c02a36be17c0cc2ca0f",
  "allowed": ["note"],
  "because": "state",
  "states": ["accepted", "rework"]
}
```

- `type` is always `urn:gridward:problem:` and the code. It is a name, not an address.
- `code` is stable: programs decide by it. `title` and `detail` are for people, in the language of `Accept-Language`.
- A word in braces is a value that the server fills in.
- `errors` lists every fault of a field, with `field`, `code` and `message`.
- At `/ogc`, errors have the form of OGC API: `code` and `description`, with 400 in place of 422.
- A client that does not know a code acts by its status.
"""
_OPERATIONS = """\
## Results of operations

`POST /sync/push` answers 200 with a result for each operation. Any code of this page may be the `code` of a result that was
rejected. These codes occur only there:
"""
_FIELDS = """\
## Fields

These codes stand in `errors` of 422 `validation_failed` (at `/ogc`: 400), and in `warnings` of requests that were done.
The message follows the name of the field.
"""


def errors_page() -> str:
    """Return the content of docs/reference/errors.md as Markdown."""
    sources = read_sources()
    codes_by_status: dict[int, list[str]] = {}
    for code in REMEDIES:
        for status in sources.statuses.get(code, ()):
            codes_by_status.setdefault(status, []).append(code)
    parts = [_INTRODUCTION]
    for status, codes in sorted(codes_by_status.items()):
        parts.append(f"## {status} {TITLES[status][0]}\n\n{_table(sorted(codes), REMEDIES, 'what to do')}")
    of_operations = sorted(code for code in REMEDIES if not sources.statuses.get(code))
    parts.append(f"{_OPERATIONS}\n{_table(of_operations, REMEDIES, 'what to do')}")
    parts.append(f"{_FIELDS}\n{_table(sorted(MEANINGS), MEANINGS, 'what it means')}")
    return "\n".join(parts)


def _table(codes: Iterable[str], texts: dict[str, str], heading: str) -> str:
    rows = [f"| code | message | 中文 | {heading} |", "|---|---|---|---|"]
    for code in codes:
        english, chinese = (without_formats(message) for message in MESSAGES[code])
        rows.append(f"| `{code}` | {english} | {chinese} | {texts[code]} |")
    return "\n".join(rows) + "\n"


def without_formats(message: str) -> str:
    """Return a message with plain placeholders: `{n}` in place of `{n:case|cases}`."""
    return _NUMBER.sub(_without_format, message)


def _without_format(value: re.Match[str]) -> str:
    return f"{{{value[1]}}}" + (f" {value[2]}" if value[2] else "")
