"""Generator of docs/reference/metrics.md: every metric of `/metrics` with its type, its labels and what it counts.

The counters of the processes are read from the syntax tree of `app.core.metrics`, because `prometheus_client` has no public
way to the names of labels.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.core import metrics
from app.http.probes import DATABASE_ANSWERS
from app.integrity import service as integrity

_INTRODUCTION = """\
# Metrics

For operators. `gridward docs metrics` makes this page from the code; a test compares.

`GET /metrics` returns the metrics in the text format of Prometheus. Callers on this machine may read them, and callers
with the token of `GRIDWARD_METRICS_TOKEN` (`docs/reference/settings.md`). No label has the name or the id of a person.
`docs/how-to/operations.md` lists alerts.

A histogram `NAME` has the series `NAME_bucket`, `NAME_sum` and `NAME_count`.
"""
_DATABASE = """\
## Read from the database

At most every five seconds in each process, with a limit of {limit_ms} milliseconds for each statement.
"""
_HEAD = "| metric | type | labels | what |\n|---|---|---|---|"


def metrics_page() -> str:
    """Return the content of docs/reference/metrics.md as Markdown."""
    counted = [_row(*each) for each in _counted()]
    read = [_row(name, "gauge", *facts) for name, facts in integrity.GAUGES.items()]
    database = _DATABASE.format(limit_ms=integrity.STATEMENT_TIMEOUT_MS)
    return "\n".join(
        (
            _INTRODUCTION,
            "## Counted by the processes\n\nThe sum over all processes.\n",
            _HEAD,
            *counted,
            f"\n{database}",
            _HEAD,
            _row(DATABASE_ANSWERS[0], "gauge", DATABASE_ANSWERS[1], ()),
            *read,
            "",
        )
    )


def _row(name: str, kind: str, sentence: str, labels: tuple[str, ...]) -> str:
    return f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {sentence} |"


def _counted() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Return name, type, sentence and labels of each metric of `app.core.metrics`."""
    for call in ast.walk(ast.parse(Path(metrics.__file__).read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            name, sentence, *labels = (ast.literal_eval(argument) for argument in call.args)
            yield name, call.func.id.lower(), sentence, tuple(labels[0]) if labels else ()
