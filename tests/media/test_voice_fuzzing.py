"""Damaged and invented voice notes: a cleaner of `voices` refuses them or cleans them, and does nothing else.

The seed is fixed. GRIDWARD_SEED=<seed> tries another one, GRIDWARD_EXAMPLES=<number> more files of each kind. A file that
fails is written to data/damaged_voices, and is tried first from then on; commit it with the correction.
"""

import hashlib
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.media.rules import file_types, voices
from tests.sample_sizes import examples

DATA = Path(__file__).parent / "data"
DAMAGED = DATA / "damaged_voices"
SEED = int(os.environ.get("GRIDWARD_SEED") or 20261129)
SOUND = {path.suffix[1:]: path.read_bytes() for path in sorted(DATA.glob("voice.*"))}
TYPES = {"m4a": file_types.M4A, "ogg": file_types.OGG, "webm": file_types.WEBM, "wav": file_types.WAV} | {
    "mp3": file_types.MP3,
    "amr": file_types.AMR,
    "aac": file_types.AAC,
}
# Lengths at which parsers fail: none, one, signs, and more than there is.
LENGTHS = (0, 1, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
# Heads of parts that contain parts, by the length of the content.
NESTS = {
    "m4a": lambda size: (size + 8).to_bytes(4, "big") + b"moov",
    "webm": lambda size: b"\x18\x53\x80\x67\x10" + size.to_bytes(3, "big"),
    "wav": lambda size: b"LIST" + size.to_bytes(4, "little"),
    "mp3": lambda size: b"ID3\x03\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)),
}
SECONDS = 2.0


def truncated(data: bytearray, chance: random.Random, _: str) -> None:
    del data[chance.randrange(1, len(data) + 1) :]


def flipped(data: bytearray, chance: random.Random, _: str) -> None:
    for _flip in range(chance.randrange(1, 6)):
        data[head_place(data, chance)] = chance.randrange(256)


def resized(data: bytearray, chance: random.Random, _: str) -> None:
    """Put a length at which parsers fail somewhere."""
    width, place = chance.choice((1, 2, 4, 8)), head_place(data, chance)
    length = chance.choice(LENGTHS) & ((1 << 8 * width) - 1)
    data[place : place + width] = length.to_bytes(width, chance.choice(("big", "little")))


def spliced(data: bytearray, chance: random.Random, kind: str) -> None:
    """Copy a piece of a voice note over or into another one."""
    source = SOUND[chance.choice((kind, *SOUND)) if kind in SOUND else chance.choice((*SOUND,))]
    start, place = chance.randrange(len(source)), head_place(data, chance)
    piece = source[start : start + chance.randrange(1, 200)]
    data[place : place + chance.choice((0, len(piece)))] = piece


def cut_out(data: bytearray, chance: random.Random, _: str) -> None:
    place = head_place(data, chance)
    del data[place : place + chance.randrange(1, 64)]


def nested(data: bytearray, chance: random.Random, kind: str) -> None:
    """Put the file, or a part of it, into parts that contain parts, up to 2,000 deep."""
    if kind in NESTS:
        for _level in range(chance.choice((1, 2, 9, 40, 2_000))):
            data[:0] = NESTS[kind](len(data))


def head_place(data: bytearray, chance: random.Random) -> int:
    """Return a place in the file: mostly near its beginning or end, where the containers have their tables."""
    near = chance.choice((64, 1_000, len(data)))
    place = chance.randrange(min(near, len(data)) or 1)
    return place if chance.random() < 0.7 else max(len(data) - 1 - place, 0)


CHANGES = (truncated, flipped, flipped, resized, resized, spliced, cut_out, nested)


def damaged(kind: str, chance: random.Random) -> bytes:
    data = bytearray(SOUND.get(kind) or SOUND["mp3"])
    for change in chance.choices(CHANGES, k=chance.randrange(1, 5)):
        if data:
            change(data, chance, kind)
    return bytes(data)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise AssertionError in the block if it takes more processor time."""

    def stop(*_: object) -> None:
        raise AssertionError(f"no answer in {seconds} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def try_to_clean(content: bytes, kind: str) -> bool:
    """Clean a file and check the result; return whether it was accepted."""
    try:
        with time_limit(SECONDS):
            cleaned, stripped = voices.clean(content, TYPES[kind])
    except voices.Refused as refused:
        assert refused.args[0] in ("voice_broken", "has_pictures")
        return False
    assert all(name.isprintable() and len(name) <= 12 for name in stripped)
    if kind == "mp3":
        assert cleaned in content
    else:
        assert len(cleaned) == len(content)
    # The result is a voice note without metadata: nothing more is found to remove.
    assert voices.clean(cleaned, TYPES[kind])[0] == cleaned
    return True


@pytest.mark.wide
@pytest.mark.parametrize("kind", TYPES)
def test_damaged_voice_note_is_refused_or_cleaned(kind):
    print(f"GRIDWARD_SEED={SEED}")
    chance = random.Random(f"{SEED} {kind}")
    results = []
    for _ in range(examples(1_000, 50_000)):
        content = damaged(kind, chance)
        try:
            results.append(try_to_clean(content, kind))
        except BaseException:
            DAMAGED.mkdir(exist_ok=True)
            path = DAMAGED / f"{hashlib.sha256(content).hexdigest()[:12]}.{kind}"
            path.write_bytes(content)
            print(f"kept as {path.relative_to(DATA)}")
            raise
    # Neither all are so broken that nothing is parsed, nor all harmless.
    assert sum(results) >= len(results) / 50
    assert kind in ("amr", "aac") or sum(results) <= len(results) * 0.9


@pytest.mark.parametrize("name", sorted(path.name for path in DAMAGED.glob("*.*")))
def test_voice_note_that_once_failed_is_refused_or_cleaned(name):
    try_to_clean((DAMAGED / name).read_bytes(), name.rpartition(".")[2])


@pytest.mark.parametrize("size", [0, 4, 8, 11])
def test_box_without_room_for_its_times_is_refused(size):
    """Else the times of the next box would be overwritten, or the file would grow."""
    box = (8 + size).to_bytes(4, "big") + b"mvhd" + bytes(size)
    with pytest.raises(voices.Refused):
        voices.clean(SOUND["m4a"] + box, file_types.M4A)


@pytest.mark.parametrize("size", range(124, 132))
def test_removed_webm_element_is_filled_with_whole_elements(size):
    content = SOUND["webm"]
    tags = b"\x12\x54\xc3\x67" + (size | 1 << 14).to_bytes(2, "big") + b"x" * size
    cleaned, stripped = voices.clean(content + tags, file_types.WEBM)
    assert "tags" in stripped and b"xxx" not in cleaned
    filling = cleaned[-size:]
    while filling:
        assert filling[0] == 0xEC and filling[1] & 0x80
        filling = filling[2 + (filling[1] & 0x7F) :]
