"""The days of a worker and of a supervisor, and the story of a late case, are lived as the tutorials tell, in both languages.

The pages of residents that the how-tos show are opened, too.

With GRIDWARD_PICTURES, as bin/pictures sets it, the pictures of these pages are taken on the way.
"""

import pytest

from tests.docs.first_days import supervisor_day, worker_day
from tests.docs.resident_visit import resident_visit
from tests.docs.supervisor_story import supervisor_story
from tests.web.browsers import browser, playwright
from tests.web.conftest import dist

__all__ = ["browser", "dist", "playwright"]

pytestmark = pytest.mark.deep
LANGUAGES = ("en", "zh-CN")


@pytest.mark.parametrize("language", LANGUAGES)
def test_worker_lives_the_day_of_the_tutorial(browser, demo, tmp_path, language):
    worker_day(browser, demo, language, tmp_path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_supervisor_lives_the_day_of_the_tutorial(browser, demo, language):
    supervisor_day(browser, demo, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_supervisor_lives_the_story_of_a_late_case(browser, demo, language):
    supervisor_story(browser, demo, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_resident_reports_follows_and_reads_as_the_how_tos_show(browser, demo, language):
    resident_visit(browser, demo, language)
