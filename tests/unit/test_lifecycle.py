"""The table of moves by itself."""

import pytest

from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.lifecycle import ENDED, OPEN, TABLE, Relation, Status


def test_every_state_but_the_ended_ones_can_be_left():
    for status in OPEN:
        assert any(status in m.sources and m.to not in (None, status) for m in TABLE), status


def test_an_ended_case_takes_notes_only_and_is_contested_by_its_reporter():
    everyone = frozenset(Relation) - {Relation.REPORTER}
    for status in ENDED:
        assert lifecycle.allowed(status, everyone) == ["note"]
        assert lifecycle.allowed(status, frozenset(Relation)) == ["contest", "note"]


def test_whoever_directs_a_case_decides_unless_it_is_something_beside_it():
    director = frozenset({Relation.ANYONE, Relation.DIRECTOR})
    decided = {m.action for m in TABLE if lifecycle.decides(m, director)}
    assert {
        "file",
        "not_file",
        "force_close",
        "reassign",
        "redispatch",
        "assign_verify",
        "put_on_books",
    } <= decided
    assert decided.isdisjoint({"note", "urge", "supervise", "lock", "contest", "accept"})
    both = director | {Relation.HANDLER}
    assert not any(
        lifecycle.decides(m, both) for m in TABLE if m.action == "return" and Relation.HANDLER in m.by
    )


def test_every_state_is_reached_from_collected():
    steps = {(s, m.to or s) for m in TABLE for s in m.sources}
    for step in lifecycle.SYSTEM_STEPS.values():
        if step is not None:
            steps |= {(s, step) for s in OPEN}
    reached, grown = {Status.COLLECTED}, True
    while grown:
        more = {to for source, to in steps if source in reached} - reached
        reached |= more
        grown = bool(more)
    assert reached == set(Status)


def test_what_is_allowed_is_what_is_found():
    for status in Status:
        for relation in Relation:
            held = frozenset({relation})
            allowed = lifecycle.allowed(status, held)
            for action in lifecycle.ACTIONS:
                assert (lifecycle.find(action, status, held) is not None) == (action in allowed)


def test_nobody_who_is_nothing_to_a_case_can_move_it():
    for status in Status:
        moves = [lifecycle.find(a, status, frozenset({Relation.ANYONE})) for a in lifecycle.ACTIONS]
        assert all(m is None or m.to is None for m in moves)


def test_the_handler_has_no_way_to_check():
    for status in Status:
        allowed = lifecycle.allowed(status, frozenset({Relation.ANYONE, Relation.HANDLER, Relation.OFFERED}))
        assert not [a for a in allowed if a.startswith("check")]


def test_a_history_with_a_gap_does_not_replay():
    good = [("report", None, "collected"), ("file", "collected", "filed")]
    assert lifecycle.replay(good) == "filed"
    with pytest.raises(ValueError, match="starts from"):
        lifecycle.replay([*good, ("start", "accepted", "handling")])
    with pytest.raises(ValueError, match="no events"):
        lifecycle.replay([])


def test_it_is_decided_of_each_step_of_the_system_whether_it_brings_a_case_nearer_to_its_end():
    """A new one goes red here: what nobody did must not end the silence of a case (`NO_STEPS`)."""
    settle = {
        *(
            "report",
            "file",
            "accept",
            "en_route",
            "on_scene",
            "fail",
            "fix_on_spot",
            "recategorise",
            "relocate",
        ),
        *("link_component", "change_owner", "merge", "unmerge"),
    }
    beside = {"note", "urge", "supervise", "end_supervision", "lock", "unlock"}
    of_itself = {
        *(
            "dispatch",
            "propose",
            "wait",
            "give_up",
            "withdraw",
            "decline",
            "expire",
            "move_on",
            "send_to_check",
        ),
        *(
            "send_to_verify",
            "send_second",
            "withdraw_part",
            "close_unsampled",
            "close_imported",
            "warn",
            "overdue",
        ),
        *(
            "escalate",
            "review_due",
            "supervision_due",
            "take_in",
            "give_out",
            "join",
            "link",
            "unlink",
            "rehome",
            "reply",
        ),
    }
    assert settle | of_itself == set(lifecycle.SYSTEM_STEPS) and not settle & of_itself
    assert of_itself | beside == lifecycle.NO_STEPS
    assert beside <= set(lifecycle.ACTIONS)
