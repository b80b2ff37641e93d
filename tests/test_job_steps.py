"""Steps of a job: what one item does to the others."""

import logging

import pytest

from app.core import jobs
from app.core.errors import Conflict

log = logging.getLogger("gridward.test")


def test_bug_in_one_item_stops_no_other_item_and_fails_the_job(app, caplog):
    done = []

    def act(session, item):
        if item == 2:
            raise LookupError("a bug")
        if item == 3:
            raise Conflict("not_waiting")
        done.append(item)
        return 1

    with pytest.raises(ExceptionGroup, match="1 items failed") as raised:
        jobs.run_steps(log, {"first": ([1, 2, 3, 4], act), "second": ([5], act)})
    assert [str(bug) for bug in raised.value.exceptions] == ["a bug"]
    assert done == [1, 4, 5]
    assert "first: 2" in caplog.text and "a bug" in caplog.text  # with its traceback
    assert jobs.run_steps(log, {"first": ([1, 3, 4], act), "second": ([5], act)}) == {"first": 2, "second": 1}
    assert jobs.run_each(log, [6, 7], act) == 2
