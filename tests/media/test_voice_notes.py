"""Voice notes: the sound is unchanged, the metadata are removed."""

import io
import wave
from pathlib import Path

import pytest

from app.media.rules import file_types, voices
from tests.media.sending import finish, send, sent

DATA = Path(__file__).parent / "data"
FILES = sorted(path.name for path in DATA.glob("voice.*"))
SAID = (b"Mrs Li", b"+30.27", b"PhoneOfLi", b"Li track")


def read(name: str) -> bytes:
    return (DATA / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_voice_note_tags_are_blanked_and_audio_is_unchanged(name):
    content = read(name)
    assert SAID[0] in content
    type_ = file_types.type_of(content[:64])
    cleaned, stripped = voices.clean(content, type_)
    assert stripped
    assert [text for text in SAID if text in cleaned] == []
    assert voices.clean(cleaned, type_)[0] == cleaned
    if name == "voice.mp3":
        assert content.endswith(cleaned)
    else:
        assert len(cleaned) == len(content)
        changed = [n for n, (a, b) in enumerate(zip(content, cleaned, strict=True)) if a != b]
        # Few bytes changed, all of them in tags; no frame of sound changed.
        assert 20 < len(changed) < 1200
    if name == "voice.wav":
        with wave.open(io.BytesIO(content)) as before, wave.open(io.BytesIO(cleaned)) as after:
            assert before.readframes(10**6) == after.readframes(10**6) != b""


def test_cleaned_ogg_pages_have_valid_checksums():
    cleaned, _ = voices.clean(read("voice.ogg"), file_types.OGG)
    at = 0
    while at < len(cleaned):
        laces = cleaned[at + 26]
        end = at + 27 + laces + sum(cleaned[at + 27 : at + 27 + laces])
        page = bytearray(cleaned[at:end])
        checksum, page[22:26] = int.from_bytes(page[22:26], "little"), bytes(4)
        assert voices._page_checksum(page) == checksum
        at = end


@pytest.mark.parametrize("name", FILES)
def test_voice_note_is_stored_and_served_without_tags(city, name):
    worker = city.worker("g1")
    media_id = sent(city, worker, read(name), kind="voice")
    record = worker.get(f"/media/{media_id}").json
    assert record["content_type"].startswith("audio/") and record["width"] is None
    answer = worker.get(f"/media/{media_id}/content")
    assert answer.content_type == record["content_type"]
    assert SAID[0] not in answer.data
    assert worker.get(f"/media/{media_id}/thumbnail").status_code == 404


def test_upload_is_refused_when_voice_has_video_or_photo_is_audio(city):
    worker = city.worker("g1")
    film = read("voice.m4a").replace(b"soun", b"vide")
    assert finish(city, send(worker, film, kind="voice")) == "has_pictures"
    assert finish(city, send(worker, read("voice.m4a"), kind="near")) == "type_mismatch"
