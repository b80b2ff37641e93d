"""Days off and worked weekends of a year: as in the announcements, and written into a profile by a command."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from app.cli import main
from app.profiles.rules.holidays import YearUnknown, announced_days, with_announced_days
from app.profiles.rules.profile import parse_profile
from app.profiles.service import packaged_profile
from tests.nonempty import nonempty

XIHU = packaged_profile("xihu")


@pytest.mark.parametrize("year", [2025, 2026])
def test_announced_days_equal_those_of_the_packaged_profile(year: int) -> None:
    """The profile was written by hand from the announcements, so the two are independent."""
    for name, days in nonempty(announced_days(year).items()):
        assert len(days) > 4
        assert days == [day for day in XIHU["calendar"][name] if day.startswith(str(year))]


def test_unannounced_year_is_refused_and_never_made_up(tmp_path: Path) -> None:
    with pytest.raises(YearUnknown):
        announced_days(2099)
    file = tmp_path / "city.json"
    file.write_bytes(orjson.dumps(XIHU))
    for options in ([], ["--into", str(file)]):
        result = CliRunner().invoke(main, ["profile", "holidays", "2099", *options])
        assert result.exit_code == 1
        assert "The days off of 2099 are not known" in result.output
        assert "upgrade the package chinesecalendar" in result.output
    assert orjson.loads(file.read_bytes()) == XIHU


def test_holidays_command_replaces_the_days_of_one_year_only(tmp_path: Path) -> None:
    calendar = XIHU["calendar"]
    stale = {
        "holidays": [*(day for day in calendar["holidays"] if day < "2026"), "2026-12-24", "2027-01-01"],
        "workdays": [],
    }
    file = tmp_path / "city.json"
    file.write_bytes(orjson.dumps(XIHU | {"calendar": calendar | stale}))
    result = CliRunner().invoke(main, ["profile", "holidays", "2026", "--into", str(file)])
    assert (result.exit_code, result.output) == (0, "")
    written = orjson.loads(file.read_bytes())
    parse_profile(written)
    assert written["calendar"]["holidays"] == [*calendar["holidays"], "2027-01-01"]
    assert written["calendar"]["workdays"] == [day for day in calendar["workdays"] if day >= "2026"]
    assert {name: written[name] for name in written if name != "calendar"} == {
        name: XIHU[name] for name in XIHU if name != "calendar"
    }
    assert with_announced_days(written["calendar"], 2026) == written["calendar"]


def test_holidays_command_prints_members_of_a_calendar() -> None:
    result = CliRunner().invoke(main, ["profile", "holidays", "2026"])
    assert orjson.loads(result.output) == announced_days(2026)


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"calendar": 5}', b"{"])
def test_holidays_command_refuses_a_file_without_calendar(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "city.json"
    file.write_bytes(content)
    result = CliRunner().invoke(main, ["profile", "holidays", "2026", "--into", str(file)])
    assert result.exit_code == 1
    assert file.read_bytes() == content
