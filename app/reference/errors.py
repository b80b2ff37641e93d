"""Generator of docs/reference/errors.md: every error code with its status, messages and remedy."""

import re
from collections.abc import Iterable

from app.http.messages import MESSAGES
from app.http.messages.meanings import MEANINGS
from app.http.messages.remedies import REMEDIES
from app.http.messages.titles import TITLES
from app.reference.error_sources import read_sources
from app.reference.paragraphs import wrapped

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
- At `/open311`, errors are a list of `code` and `description` (Open311). The status is 400, 403, 404 or 429.
- A client that does not know a code acts by its status.
"""
_OPERATIONS = """\
## Results of operations

`POST /sync/push` answers 200 with a result for each operation. Any code of this page may be the `code` of a result that
was rejected. These codes occur only there:
"""
_FIELDS = """\
## Fields

These codes stand in `errors` of 422 `validation_failed` (at `/ogc` and `/open311`: 400), and in `warnings` of requests
that were done. The message follows the name of the field.
"""


def errors_page() -> str:
    """Return the content of docs/reference/errors.md as Markdown."""
    by_status, of_operations = codes_by_status()
    parts = [_INTRODUCTION]
    for status, codes in by_status.items():
        parts.append(f"## {status} {TITLES[status][0]}\n\n{_entries(codes, REMEDIES, 'What to do')}")
    parts.append(f"{_OPERATIONS}\n{_entries(of_operations, REMEDIES, 'What to do')}")
    parts.append(f"{_FIELDS}\n{_entries(sorted(MEANINGS), MEANINGS, 'Meaning')}")
    return "\n".join(parts)


def codes_by_status() -> tuple[dict[int, list[str]], list[str]]:
    """Return the codes of each HTTP status, in order, and the codes that only operations of a push have."""
    statuses = read_sources().statuses
    occurring = sorted({status for code in REMEDIES for status in statuses.get(code, ())})
    by_status = {
        status: sorted(code for code in REMEDIES if status in statuses.get(code, ())) for status in occurring
    }
    return by_status, sorted(code for code in REMEDIES if not statuses.get(code))


def _entries(codes: Iterable[str], texts: dict[str, str], label: str) -> str:
    entries = []
    for code in codes:
        english, chinese = (without_formats(message) for message in MESSAGES[code])
        paragraphs = (
            f"### `{code}`",
            wrapped(english),
            wrapped(chinese),
            wrapped(f"*{label}:* {texts[code]}"),
        )
        entries.append("\n\n".join(paragraphs) + "\n")
    return "\n".join(entries)


def without_formats(message: str) -> str:
    """Return a message with plain placeholders: `{n}` in place of `{n:case|cases}`."""
    return _NUMBER.sub(_without_format, message)


def _without_format(value: re.Match[str]) -> str:
    return f"{{{value[1]}}}" + (f" {value[2]}" if value[2] else "")
