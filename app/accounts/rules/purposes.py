"""Purposes for which protected data are read, and the rule for the explanation of a purpose.

Protected data are personal fields and positions of workers.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """The reason that an actor gives for reading protected data.

    Attributes:
        purpose: A code of `PURPOSES`.
        explanation: The explanation in words.
    """

    purpose: str
    explanation: str


# Code -> English, Chinese.
PURPOSES: dict[str, tuple[str, str]] = {
    "call_back": ("Call back the reporter", "回访上报人"),
    "on_site": ("Arrange handling at the place", "联系现场处置"),
    "visit": ("Prepare a visit", "上门走访前联系"),
    "care": ("Give agreed care", "落实关爱帮扶"),
    "check_entry": ("Check or correct an entry", "核对或更正登记"),
    "emergency": ("Emergency response", "应急处置"),
    "own_request": ("Request of the person concerned", "本人申请"),
    "inquiry": ("Complaint or inquiry", "投诉或调查"),
}
WORKER_PURPOSES: dict[str, tuple[str, str]] = {
    "dispatch": ("Dispatch to the nearest worker", "就近派遣"),
    "safety": ("Safety of a worker", "人员安全"),
    "emergency": PURPOSES["emergency"],
    "rounds": ("Review patrols", "核对巡查情况"),
    "inquiry": PURPOSES["inquiry"],
    "own_request": ("Request of the worker", "本人申请"),
}
LEAST_WORDS, LEAST_CHARACTERS = 3, 5
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]{2,}")


def is_explained(explanation: str) -> bool:
    """Return True if an explanation has three different words or five Chinese characters.

    In a mixed text, words and characters count in proportion. Words of one repeated letter (`aaaa`) do not count.
    """
    characters = set(_HAN.findall(explanation))
    distinct_words = {
        word.casefold() for word in _WORD.findall(_HAN.sub(" ", explanation)) if len(set(word.casefold())) > 1
    }
    return len(distinct_words) / LEAST_WORDS + len(characters) / LEAST_CHARACTERS >= 1
