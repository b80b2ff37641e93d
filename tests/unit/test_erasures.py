"""The erasure ledger: a file for each process, truncated lines, and a folder that cannot be written."""

import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.core.erasures import REPORTER, RESIDENT, Ledger
from app.core.errors import Unavailable
from app.core.ids import uuid7

AT = datetime(2026, 11, 28, tzinfo=UTC)


def test_erasure_ledger_reads_files_of_all_processes(tmp_path):
    ids = [uuid7() for _ in range(3)]
    ledger = Ledger(str(tmp_path))
    ledger.add(RESIDENT, ids[:1], at=AT)
    child = os.fork()
    if not child:
        ledger.add(RESIDENT, ids[1:2], at=AT)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    ledger.add(REPORTER, ids[2:], at=AT)
    assert len(list(tmp_path.iterdir())) == 2
    assert ledger.read().ids == {RESIDENT: set(ids[:2]), REPORTER: set(ids[2:])}
    assert Ledger(str(tmp_path)).read(before=AT).ids == {RESIDENT: set(), REPORTER: set()}
    assert Ledger(str(tmp_path)).read(before=AT + timedelta(seconds=1)).ids[REPORTER] == set(ids[2:])


def test_erasure_ledger_writes_whole_lines_from_threads(tmp_path):
    ledger, ids = Ledger(str(tmp_path)), [uuid7() for _ in range(40)]
    threads = [
        threading.Thread(target=ledger.add, args=(RESIDENT, [resident_id]), kwargs={"at": AT})
        for resident_id in ids
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger_content = ledger.read()
    assert (ledger_content.ids[RESIDENT], ledger_content.damaged) == (set(ids), ())


def test_erasure_ledger_skips_truncated_line(tmp_path, monkeypatch):
    ledger, ids = Ledger(str(tmp_path)), [uuid7(), uuid7(), uuid7()]
    ledger.add(RESIDENT, ids[:1], at=AT)
    whole = os.write

    def full_disk(descriptor, data):
        whole(descriptor, bytes(data)[:9])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full_disk)
    with pytest.raises(Unavailable) as refused:
        ledger.add(RESIDENT, ids[1:2], at=AT)
    monkeypatch.undo()
    ledger.add(RESIDENT, ids[2:], at=AT)
    ledger_content = ledger.read()
    assert refused.value.code == "erasure_ledger_unavailable"
    assert (ledger_content.ids[RESIDENT], ledger_content.damaged) == ({ids[0], ids[2]}, ())


def test_erasure_ledger_names_damaged_line(tmp_path):
    (tmp_path / "other.jsonl").write_text(f'{{"kind":"ghost","id":"{uuid7()}"}}\n{{"kind":"resi')
    (tmp_path / "notes.txt").write_text("mine")
    assert Ledger(str(tmp_path)).read().damaged == ("other.jsonl:1",)


def test_erasure_ledger_reports_why_it_is_unusable(tmp_path):
    assert Ledger(str(tmp_path)).fault() is None
    assert "not set" in (Ledger("").fault() or "")
    assert "no folder" in (Ledger(str(tmp_path / "away")).fault() or "")
    Ledger("").add(RESIDENT, [uuid7()], at=AT)
