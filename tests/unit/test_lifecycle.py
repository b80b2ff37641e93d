"""The transition table of the life cycle, without a database."""

import pytest

from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules import other_transitions as others
from app.incidents.cases.rules.lifecycle import ENDED, OPEN, TRANSITIONS, Relation, Status
from app.incidents.cases.rules.other_transitions import OTHER_TRANSITIONS, Step, UnknownTransition
from app.incidents.deadlines.rules.handling_deadline import CLOCK_ACTIONS
from tests.nonempty import nonempty


def test_every_open_state_has_an_exit():
    for status in nonempty(OPEN):
        assert any(status in m.sources and m.to not in (None, status) for m in TRANSITIONS), status


def test_ended_case_allows_only_note_and_contest_by_reporter():
    everyone = frozenset(Relation) - {Relation.REPORTER}
    for status in nonempty(ENDED):
        assert lifecycle.allowed(status, everyone) == ["note"]
        assert lifecycle.allowed(status, frozenset(Relation)) == ["contest", "note"]


def test_director_decides_exactly_the_listed_actions():
    director = frozenset({Relation.ANYONE, Relation.DIRECTOR})
    decided = {m.action for m in TRANSITIONS if lifecycle.is_director_decision(m, director)}
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
        lifecycle.is_director_decision(m, both)
        for m in TRANSITIONS
        if m.action == "return" and Relation.HANDLER in m.by
    )


def test_every_state_is_reachable_from_collected():
    steps = {(s, m.to or s) for m in (*TRANSITIONS, *OTHER_TRANSITIONS) for s in m.sources}
    reached, grown = {Status.COLLECTED}, True
    while grown:
        reached_next = {to for source, to in steps if source in reached} - reached
        reached |= reached_next
        grown = bool(reached_next)
    assert reached == set(Status)


def test_allowed_actions_equal_applicable_moves():
    for status in Status:
        for relation in Relation:
            held = frozenset({relation})
            allowed = lifecycle.allowed(status, held)
            for action in nonempty(lifecycle.ACTIONS):
                assert (lifecycle.find_transition(action, status, held) is not None) == (action in allowed)


def test_unrelated_person_cannot_move_case():
    for status in Status:
        moves = [
            lifecycle.find_transition(a, status, frozenset({Relation.ANYONE})) for a in lifecycle.ACTIONS
        ]
        assert all(m is None or m.to is None for m in moves)


def test_handler_cannot_check_own_case():
    for status in Status:
        allowed = lifecycle.allowed(status, frozenset({Relation.ANYONE, Relation.HANDLER, Relation.OFFERED}))
        assert not [a for a in allowed if a.startswith("check")]


def test_replay_raises_for_history_with_gap():
    good = [("report", None, "collected"), ("file", "collected", "filed")]
    assert lifecycle.replay(good) == "filed"
    with pytest.raises(ValueError, match="starts from"):
        lifecycle.replay([*good, ("start", "accepted", "handling")])
    with pytest.raises(ValueError, match="no events"):
        lifecycle.replay([])


def test_every_system_step_is_classified_as_progress_or_not():
    """A new action has to be added here: an event of the system must not count as work on a case."""
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
    assert settle | of_itself == set(others.OTHER_ACTIONS) and not settle & of_itself
    assert of_itself | beside == others.NO_PROGRESS_ACTIONS
    assert beside <= set(lifecycle.ACTIONS)


def test_walk_takes_states_from_the_table():
    assert others.walk(["report", "file", "dispatch", "accept", "fix_on_spot", "close_unsampled"]) == [
        ("report", None, "collected"),
        ("file", "collected", "filed"),
        ("dispatch", "filed", "dispatched"),
        ("accept", "dispatched", "accepted"),
        ("fix_on_spot", "accepted", "fed_back"),
        ("close_unsampled", "fed_back", "closed"),
    ]
    assert others.walk(["report", "send_to_verify", "note"])[-1] == ("note", "verifying", "verifying")


@pytest.mark.parametrize(
    "actions",
    [
        ["file"],
        ["report", "report"],
        ["report", "dispatch"],
        ["report", "file", "fix_on_spot"],
        ["report", "file", "dispatch", "close_unsampled"],
        ["report", "invented"],
    ],
)
def test_walk_is_refused_when_the_table_lacks_a_step(actions):
    with pytest.raises(UnknownTransition, match="is not possible from"):
        others.walk(actions)


def test_every_row_can_be_taken_and_leads_where_it_says():
    for row in (*TRANSITIONS, *OTHER_TRANSITIONS):
        for status in row.sources or [None]:
            for to in (row.to or status, *row.other_to):
                others.require_transition(Step(row.action, status, to))


@pytest.mark.parametrize(
    "step",
    [
        Step("start", Status.FILED, Status.HANDLING),
        Step("start", Status.ACCEPTED, Status.CLOSED),
        Step("resume", Status.DEFERRED, Status.CLOSED),
        Step("report", Status.COLLECTED, Status.COLLECTED),
        Step("invented", Status.FILED, Status.FILED),
    ],
)
def test_step_outside_the_table_is_refused(step):
    with pytest.raises(UnknownTransition):
        others.require_transition(step)


def test_failed_work_leads_where_its_role_says():
    for role, status, to in (
        ("handle", Status.HANDLING, Status.FILED),
        ("check", Status.CHECKING, Status.FED_BACK),
        ("verify", Status.VERIFYING, Status.COLLECTED),
        ("second", Status.HANDLING, Status.HANDLING),
    ):
        assert others.destination("fail", status, by=others.HOLDER_OF_ROLE[role]) is to
        assert status in others.states_of_holder("fail", role)


def test_every_action_that_moves_a_clock_is_in_the_table():
    assert {*lifecycle.ACTIONS, *others.OTHER_ACTIONS} >= CLOCK_ACTIONS
