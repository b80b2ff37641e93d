"""Durations of a case over HTTP: segments, who had it, working time as the stored deadline counts it, the sentence."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.core import clock
from app.core.actor import Role
from app.core.calendar import Calendar, LimitUnit
from app.incidents.deadlines.rules.durations import Attempt, Segment, duration_sentences, in_units, segments
from tests.factories import make_city
from tests.incidents.cases import read_case
from tests.nonempty import nonempty

# The city works from Monday to Friday, 9:00 to 17:00 UTC.
FRIDAY, MONDAY = datetime(2027, 3, 5, tzinfo=UTC), datetime(2027, 3, 8, tzinfo=UTC)


class Story:
    """People who act at given times; each signs in anew after a jump of the clock."""

    def __init__(self, *people):
        self.people = people

    def at(self, day, hours, minutes=0):
        """Return a context at a time of the city."""
        for person in self.people:
            person.token = None
        return clock.at(day + timedelta(hours=hours, minutes=minutes))


@pytest.fixture
def town(app, settings):
    with clock.at(FRIDAY + timedelta(hours=8)):
        return make_city(app, settings)


@pytest.fixture
def people(town):
    with clock.at(FRIDAY + timedelta(hours=8)):
        reporter, handler, checker = (
            town.worker(grid, name=name) for grid, name in (("g3", "丙方"), ("g1", "甲方"), ("g2", "乙方"))
        )
        return reporter, handler, checker, town.supervisor()


def durations(person, case):
    answer = person.get(f"/incidents/{case['id']}/durations")
    assert answer.status_code == 200, answer.json
    return answer.json


def kinds(body):
    return [(part["kind"], part["seconds"], part["working_seconds"]) for part in body["segments"]]


@pytest.fixture
def weekend_case(town, people, report, accept, step):
    """A case of 67 hours that was deferred over a weekend; closed on Monday at 11:15."""
    reporter, handler, _, boss = people
    story = Story(*people)
    with story.at(FRIDAY, 16):
        case = report(reporter, town.in_grid("g1"))
    with story.at(FRIDAY, 16, 10):
        assert accept(handler, case).status_code == 200
    with story.at(FRIDAY, 16, 30):
        assert step(handler, case, "start").status_code == 200
    with story.at(FRIDAY, 16, 40):
        deferred = step(boss, case, "defer", until=(MONDAY + timedelta(days=9)).isoformat(), note="台风")
        assert deferred.status_code == 200, deferred.json["errors"]
    with story.at(MONDAY, 10):
        assert step(boss, case, "resume").status_code == 200
    with story.at(MONDAY, 11):
        assert step(handler, case, "feed_back", note="已清理").status_code == 200
        case = read_case(boss, case)
    assert case["assignment"]["role"] == "check" and case["assignment"]["worker"]["id"] != str(handler.id)
    by_id = {str(person.id): person for person in people}
    with story.at(MONDAY, 11, 5):
        assert accept(by_id[case["assignment"]["worker"]["id"]], case).status_code == 200
    with story.at(MONDAY, 11, 15):
        passed = step(
            by_id[case["assignment"]["worker"]["id"]],
            case,
            "check",
            result="pass",
            presence_reason="看过照片",
        )
        assert passed.status_code == 200, passed.json["errors"]
    with story.at(MONDAY, 11, 20):
        yield case, by_id[case["assignment"]["worker"]["id"]]


def test_segments_say_who_had_the_case_in_calendar_and_working_time(weekend_case, people):
    case, checker = weekend_case
    _, handler, _, boss = people
    body = durations(boss, case)
    weekend_s = int((MONDAY + timedelta(hours=10) - FRIDAY - timedelta(hours=16, minutes=40)).total_seconds())
    assert kinds(body) == [
        ("offered", 600, 600),
        ("handled", 1800, 1800),
        ("paused", weekend_s, 4800),
        ("handled", 3600, 3600),
        ("offered", 300, 300),
        ("checked", 600, 600),
    ]
    holders = [part["worker"] and part["worker"]["id"] for part in body["segments"]]
    first, second = str(handler.id), str(checker.id)
    assert holders == [first, first, None, first, second, second]
    assert (body["is_open"], body["unit"]) == (False, "work_hour")
    assert body["longest"] == body["segments"][2]
    assert body["total"] == {"seconds": 67 * 3600 + 900, "working_seconds": 195 * 60}
    assert {part["kind"]: part["working_seconds"] for part in body["by_kind"]} == {
        "offered": 900,
        "handled": 5400,
        "paused": 4800,
        "checked": 600,
    }
    for earlier, later in nonempty(list(pairwise(body["segments"]))):
        assert earlier["to"] == later["from"]


def test_working_time_equals_the_time_spent_of_the_stored_limit(weekend_case, people, rows):
    case, _ = weekend_case
    [limit] = rows("select spent from deadline where incident_id = :i and stage = 'handle'", i=case["id"])
    parts = durations(people[3], case)["segments"][:4]
    counted = sum(part["working_seconds"] for part in parts if part["kind"] != "paused")
    assert counted == limit.spent.total_seconds()


def test_sentence_names_sums_and_longest_part_in_both_languages(weekend_case, people):
    assert durations(people[3], weekend_case[0])["sentence"] == {
        "en": "The case took 2 days 19 hours by the calendar: 15 minutes on offer, 1 hour 30 minutes of handling, 2 days 17 "
        "hours of pause and 10 minutes of verification or check; the longest part in working time is 1 hour 20 minutes of "
        "pause (2 days 17 hours by the calendar).",
        "zh": "案卷共用时2天19小时（自然时间）：派遣待接受15分钟、处置1小时30分钟、暂停计时2天17小时、核实或核查10分钟；"
        "按工作时间最长的一段是暂停计时1小时20分钟（自然时间2天17小时）。",
    }


def test_names_are_masked_as_in_the_case(town, people, report):
    reporter, _, _, boss = people
    story = Story(*people)
    with story.at(FRIDAY, 16):
        case = report(reporter, town.in_grid("g1"))
    with story.at(FRIDAY, 16, 10):
        map_reader = town.person(Role.GIS, area="s")
        for reader in (reporter, boss, map_reader):
            shown = read_case(reader, case)["assignment"]["worker"]
            assert durations(reader, case)["segments"][-1]["worker"] == shown
        assert durations(boss, case)["segments"][-1]["worker"]["name"] == "甲方"
        body = durations(map_reader, case)
        assert "甲方" not in str(body) and "甲" in body["sentence"]["zh"]
        stranger = town.worker("g4")
        assert stranger.get(f"/incidents/{case['id']}/durations").status_code == 404


def test_queue_of_a_unit_is_offered_to_the_unit_until_a_member_accepts(town, people, report, accept):
    boss, member = people[3], town.handler("roads")
    story = Story(*people, member)
    with story.at(FRIDAY, 10):
        case = report(boss, town.in_grid("g1"), category="0101")
    with story.at(FRIDAY, 10, 30):
        body = durations(boss, case)
        assert kinds(body) == [("offered", 1800, 1800)]
        assert body["segments"][0]["unit"]["id"] == str(town.units["roads"])
        assert (body["segments"][0]["to"], body["is_open"]) == (None, True)
        assert accept(member, case).status_code == 200
    with story.at(FRIDAY, 11, 30):
        body = durations(boss, case)
    assert kinds(body) == [("offered", 1800, 1800), ("handled", 3600, 3600)]
    assert body["segments"][1]["worker"]["id"] == str(member.id)
    assert body["sentence"]["en"].startswith("The case has taken 1 hour 30 minutes: ")
    assert "the longest part is 1 hour of handling by 环卫班长." in body["sentence"]["en"]


def test_time_between_end_and_contest_is_in_no_segment(weekend_case, people, step):
    case, _ = weekend_case
    reporter, _, _, boss = people
    story = Story(*people)
    with story.at(MONDAY, 14):
        contested = step(reporter, case, "contest", note="还在")
        assert contested.status_code == 200, contested.json
    with story.at(MONDAY, 15):
        body = durations(boss, case)
    assert body["is_open"]
    last, reopened = body["segments"][-2:]
    assert (last["kind"], datetime.fromisoformat(reopened["from"])) == (
        "checked",
        MONDAY + timedelta(hours=14),
    )
    assert body["total"]["seconds"] == 67 * 3600 + 900 + 3600


def test_work_that_a_phone_sent_later_makes_no_overlap():
    began = datetime(2027, 3, 5, 1, tzinfo=UTC)

    def after(minutes):
        return began + timedelta(minutes=minutes)

    attempt = Attempt("handle", after(0), after(30), None, {"id": "w", "name": "甲"}, None)
    changes = [
        ("dispatched", after(0)),
        ("accepted", after(10)),
        ("handling", after(5)),
        ("fed_back", after(40)),
    ]
    parts = segments(
        changes,
        [attempt],
        now=after(60),
        unit=LimitUnit.WORK_HOUR,
        calendar=Calendar.of("Asia/Shanghai", [("09:00", "17:00")]),
    )
    assert [(part.kind, part.time.total_seconds() / 60) for part in parts] == [
        ("offered", 10),
        ("handled", 30),
        ("waiting", 20),
    ]
    assert duration_sentences([], is_open=False)["en"] == "The case took less than a minute."


MINUTE, DAWN = timedelta(minutes=1), datetime(2027, 3, 5, 1, tzinfo=UTC)


def part(kind, minutes, working_minutes=None, name=None):
    working = minutes if working_minutes is None else working_minutes
    worker = name and {"id": name, "name": name}
    return Segment(
        kind, DAWN, DAWN + minutes * MINUTE, worker, time=minutes * MINUTE, working_time=working * MINUTE
    )


@pytest.mark.parametrize(
    ("parts", "english", "chinese"),
    [
        ([part("offered", 0.3, name="甲")], "less than a minute", "不到1分钟"),
        ([part("offered", 0.3), part("handled", 0.4), part("waiting", 0.3)], "1 minute", "1分钟"),
        (
            [part("waiting", 0.2), part("offered", 30, name="甲")],
            "30 minutes, all of it on offer to 甲",
            "30分钟，均为甲派遣待接受",
        ),
        (
            [part("handled", 600, 80, name="甲")],
            "10 hours by the calendar, all of it handling by 甲; 1 hour 20 minutes of it is working time",
            "10小时（自然时间），均为甲处置，其中工作时间1小时20分钟",
        ),
        (
            [part("waiting", 600, 0)],
            "10 hours by the calendar, all of it waiting; none of it is working time",
            "10小时（自然时间），均为等待，均不在工作时间内",
        ),
        (
            [part("offered", 10, name="甲"), part("waiting", 0.2), part("offered", 20, name="乙")],
            "30 minutes: 30 minutes on offer; the longest part is 20 minutes on offer to 乙",
            "30分钟：派遣待接受30分钟；最长的一段是乙派遣待接受20分钟",
        ),
        (
            [part("offered", 60, 0, name="甲"), part("handled", 30, 0, name="甲")],
            "1 hour 30 minutes by the calendar: 1 hour on offer and 30 minutes of handling; the longest part is 1 hour on "
            "offer to 甲, outside working time",
            "1小时30分钟（自然时间）：派遣待接受1小时、处置30分钟；最长的一段是甲派遣待接受1小时，不在工作时间内",
        ),
    ],
)
def test_sentence_repeats_nothing_and_names_its_time(parts, english, chinese):
    assert duration_sentences(parts, is_open=True) == {
        "en": f"The case has taken {english}.",
        "zh": f"案卷至今用时{chinese}。",
    }


def test_durations_are_written_with_their_two_largest_units():
    assert in_units(timedelta(seconds=20)) == ("less than a minute", "不到1分钟")
    assert in_units(timedelta(minutes=61)) == ("1 hour 1 minute", "1小时1分钟")
    assert in_units(timedelta(days=3, minutes=5)) == ("3 days", "3天")
