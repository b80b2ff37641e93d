"""The effect of each action on a case, one sentence each, for API and docs/reference/lifecycle.md."""

from app.incidents.cases.rules.names import RELATIONS
from app.incidents.cases.rules.wire_actions import WireTransition, fields_of, rows_of

MEANINGS: dict[str, str] = {
    "accept": "Accept an offer, or a case of the unit's queue; the first worker who accepts has the case.",
    "verify": "Submit the result of a verification: `exists` files the case, `not_exist` ends it, and after `unable` "
    "another worker is asked.",
    "file": "File a case that nobody has verified; its deadline begins and it is dispatched.",
    "assign_verify": "Ask this worker to verify the case.",
    "start": "Start to handle an accepted case.",
    "stage_done": "Finish a stage of the case that ends when its handler says so; the stages that follow it begin.",
    "feed_back": "Submit the finished work: the deadline stops and another worker is offered the check, so "
    "the answer is `checking` already; it is `fed_back` if nobody was found.",
    "check": "Submit the result of a check: `pass` closes the case, `not_pass` returns it to its handler as rework, and "
    "after `unable` another worker is asked.",
    "ask_extension": "Request an extension of the deadline, before the case is due.",
    "grant_extension": "Grant the requested extension: the case is due later.",
    "refuse_extension": "Refuse the requested extension: the deadline stays as it is.",
    "return": "Return a case that the holder is not responsible for, to the named unit or to a supervisor.",
    "reassign": "Offer the case to this worker, or put it into the queue of this unit.",
    "confirm": "Offer the case to the proposed worker now.",
    "redispatch": "Let the dispatch rules choose a worker again.",
    "override": "Offer the case to a worker whom the dispatch rules exclude.",
    "pin": "Reserve the case for this worker, who gets it next or keeps it, until they decline.",
    "unpin": "Let the dispatch rules choose the worker of a reserved case again.",
    "lock": "Stop the dispatch rules from moving the case; people still can.",
    "unlock": "Let the dispatch rules move the case again.",
    "assign_check": "Ask this worker to check the case. Needed only if the dispatch rules found nobody (`fed_back`); in "
    "`checking` it takes the check from the worker who has it.",
    "assign_second": "Ask this worker to assist the handler.",
    "second_done": "Submit the finished work of the second worker; the handler submits the whole.",
    "accept_part": "Accept the part of one's unit in a case that several units handle.",
    "part_done": "Submit the finished part of one's unit.",
    "part_return": "Return the part of one's unit; a supervisor decides about it.",
    "add_unit": "Give a further unit a part of the case.",
    "withdraw_unit": "Continue without the part of this unit.",
    "waive_parts": "Let the lead unit submit feedback although parts are open.",
    "make_lead": "Make this unit the lead unit; the unit that led gets a part.",
    "not_file": "End a case that is not to be handled, with a reason that its reporter reads.",
    "urge": "Remind the worker or unit that has the case.",
    "supervise": "Put the case under supervision; repeated, level and time are replaced.",
    "end_supervision": "End the supervision of the case.",
    "put_on_books": "Put a case on long-term hold that cannot be solved now: nobody has it, its deadline pauses until the "
    "review.",
    "take_from_books": "End the long-term hold: the deadline continues and it is dispatched.",
    "contest": "Contest, as the reporter, how the case ended; once for each end.",
    "defer": "Defer the case: its deadline pauses until the review; what is overdue already stays overdue.",
    "resume": "Resume a deferred case: its deadline continues; without a holder it is dispatched.",
    "force_close": "Close the case without a check, with a reason that its reporter reads. This cannot be undone.",
    "note": "Add a note to the history of the case.",
}

RESULT_TEXTS: dict[str, str] = {
    "exists": "the verifier found what was reported",
    "not_exist": "the verifier did not find what was reported",
    "pass": "the case is solved",
    "not_pass": "the case is not solved",
    "unable": "the worker could not tell",
}


def description_of(action: str) -> str:
    """Return the description of an action in Markdown.

    It has the effect, the states before and after, the actors, and the stored fields.
    """
    moves = [f"- {move}" for row in rows_of(action) for move in _moves(row)]
    return "\n".join((MEANINGS[action], "", *moves, "", _stored(action)))


def _moves(row: WireTransition) -> list[str]:
    sources = ", ".join(f"`{status}`" for status in row.sources)
    people = " or ".join(f"{RELATIONS[relation][0]} (`{relation}`)" for relation in row.by)
    ends = [(f"with `{each.result}` ", each.to) for each in row.results] or [("", row.to)]
    return [
        f"from {sources} {result}{f'to `{to}`' if to else 'to the same state'}, by {people}"
        for result, to in ends
    ]


def _stored(action: str) -> str:
    row = fields_of(action)
    names = ", ".join(f"`{name}`" for name in (*row.required, *row.optional, *row.one_of))
    fields = f" and {names}" if names else ""
    return f"The history stores the action, the actor, the time, the states before and after{fields}."
