"""A household ends notices by the page of its link."""

import pytest

from tests.notices.test_links import home, make_link, notice, secret, submit, visit

__all__ = ["home", "notice", "secret"]


def wishes(world, home):
    return world.author.get(f"/households/{home}/notice-opt-outs").json["items"]


@pytest.mark.parametrize(
    ("scope", "expected", "left"),
    [("purpose", ("works", None), None), ("channel", (None, "link"), {"visit": 1, "link": 0, "paper": 1})],
)
def test_household_opts_out_by_its_page(world, home, secret, scope, expected, left):
    assert visit(world, f"en/notices/{secret}").get_data(as_text=True).count("/opt-out") == 2
    for _ in range(2):
        answer = submit(world, f"en/notices/{secret}/opt-out", {"scope": scope})
        assert (answer.status_code, "done=opted_out" in answer.location) == (303, True)
    assert "Your wish was stored" in visit(world, f"en/notices/{secret}?done=opted_out").get_data(
        as_text=True
    )
    (wish,) = wishes(world, home)
    assert (wish["purpose"], wish["channel"]) == expected
    later = world.author.get(f"/notices/{world.draft()['id']}/preview").json
    if left is None:
        assert (later["households"], later["opted_out"]) == (0, 1)
    else:
        assert later["channels"] == left


def test_opt_out_needs_known_scope_and_secret(world, home, secret):
    assert submit(world, f"en/notices/{secret}/opt-out", {"scope": "all"}).status_code == 422
    assert submit(world, f"en/notices/{'x' * 32}/opt-out", {"scope": "purpose"}).status_code == 404
    assert wishes(world, home) == []


def test_running_notice_that_was_not_delivered_is_opted_out(world, home, notice, secret):
    other = world.published(channels=["visit"])
    submit(world, f"en/notices/{secret}/opt-out", {"scope": "purpose"})
    state = world.author.get(f"/notices/{other['id']}/households/{home}").json
    assert (state["state"], state["history"][-1]["by"]) == ("opted_out", None)
    assert make_link(world, notice, home)
