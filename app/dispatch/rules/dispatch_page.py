"""Generator of docs/reference/dispatch.md, the page on the choice of a worker. Pure."""

from app.core.markdown import table_rows
from app.dispatch.rules.ranking import NEVER_OVERRIDDEN, RING_LIMIT
from app.dispatch.rules.refusals import REASONS
from app.dispatch.rules.run_sentences import RINGS

# part of the cost: (formula, when it counts)
COST_PARTS: dict[str, tuple[str, str]] = {
    "load": ("`load` × open cases²", "always"),
    "fairness": ("`fairness` × surplus of the week over the mean of the street", "`fairness` is above 0"),
    "ring": ("`ring_penalty` × number of the ring, from 0", "the worker is outside the first ring"),
    "not_owner": ("`not_owner_penalty`", "the worker is not responsible for the grid"),
    "travel": ("`distance` × metres", "the position is fresh"),
    "position_age": ("`position_age` × age of the position in seconds", "the position is fresh"),
    "unknown_position": ("`unknown_position_penalty`", "there is no fresh position"),
}
WAITING: dict[str, str] = {
    "no_grid": "the place is in no grid",
    "nobody_on_duty": "workers were found, and none of them is on duty",
    "nobody_eligible": "workers were found, and rules exclude all of them",
}
_INTRODUCTION = """\
# Dispatch

For supervisors, administrators and developers of clients: who is asked to handle a case, and in which order.

Printed by `gridward docs dispatch` from the rules in `app/dispatch/rules`; a test compares. The aims are in
`docs/explanation/why-this-worker.md`. `GET /api/v1/incidents/{incident_id}/dispatch` returns each decision with all
candidates, their costs and sentences in the language of the reader.

1. The rings of the profile (`rings`) are searched from the inside outwards.
2. The rules below exclude candidates. The first reason that holds is stored.
3. Eligible candidates are sorted: inner rings first; in the grid the responsible worker, then substitutes, then chiefs;
   then by cost, the lowest first; then by id.
4. The first of them gets an offer, which expires after `offer_minutes` of the priority. Then the next one is asked.
5. A case without an eligible candidate waits for a supervisor, with a reason.
"""
_COST = """\
The cost is a sum in seconds. The weights are in the section `dispatch_weights` of the profile. Parts that do not apply
are left out of the stored decision. Metres are measured in a straight line, or, with a street network, are the length
of the straight line that takes as long.
"""


def dispatch_page() -> str:
    """Return the page docs/reference/dispatch.md in Markdown."""
    reasons = [
        (f"`{code}`", english, chinese, "" if code in NEVER_OVERRIDDEN else "yes")
        for code, (english, chinese) in sorted(REASONS.items())
    ]
    return "\n".join(
        (
            _INTRODUCTION,
            "## Rings\n",
            f"At most {RING_LIMIT} candidates of a ring are read.\n",
            *table_rows(("ring", "area", "中文"), [(f"`{code}`", *texts) for code, texts in RINGS.items()]),
            "\n## Cost of a candidate\n",
            _COST,
            *table_rows(
                ("part", "formula", "counts if"),
                [(f"`{part}`", *texts) for part, texts in COST_PARTS.items()],
            ),
            "\n## Reasons that exclude a worker\n",
            "*Order*: a supervisor may give the case to this worker all the same (`override`, `pin`).\n",
            *table_rows(("code", "English", "中文", "order"), reasons),
            "\n## Reasons to wait for a supervisor\n",
            *table_rows(("code", "when"), [(f"`{code}`", text) for code, text in WAITING.items()]),
            "",
        )
    )
