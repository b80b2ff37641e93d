"""Voice notes, and uploads that resume at their offset."""

import re
from functools import partial

from PIL import Image
from playwright.sync_api import expect

from tests.waits import eventually
from tests.web.field.test_worker_days import WASTE, report
from tests.web.pictures import PHONE, take_pictures

soon = partial(eventually, seconds=60)
LATER = (
    "const now = Date.now; Date.now = () => now() + 121_000; window.back = () => { Date.now = now; }; null"
)
UPLOAD_OFFSET, CONTENT_LENGTH = (
    re.compile(rb"\r\n%s: *(\d+)" % name, re.IGNORECASE) for name in (b"upload-offset", b"content-length")
)
PART_BYTES = 500_000
PLAYED = """audio => new Promise((resolve, reject) => {
    audio.addEventListener("ended", () => resolve(audio.currentTime));
    audio.addEventListener("error", () => reject(audio.error.message));
    audio.play().catch(reject);
})"""


def number(header: re.Pattern[bytes], head: bytes) -> int:
    """Return the number in a header of a request."""
    match = header.search(head)
    assert match, head
    return int(match[1])


def test_voice_note_is_stored_offline_until_report_is_sent(city, owner, phone, case):
    me = city.worker("g1")
    device = phone(has_profile=True)
    device.sign_in(me)
    page = device.page
    device.gate.shut()
    device.tab("report")
    page.get_by_test_id("voice-record").click()
    expect(page.get_by_test_id("voice-stop")).to_contain_text(re.compile(r"0:0[1-9] / 2:00"))
    page.get_by_test_id("voice-stop").click()
    note = page.get_by_test_id("voice")
    assert note.locator("audio").evaluate(PLAYED) > 0.5
    take_pictures(page, "field-zh-CN-voice", PHONE)
    note.get_by_test_id("voice-delete").click()
    expect(note).to_have_count(0)
    assert device.held("photo") == 0

    # It ends by itself when it is too long.
    page.get_by_test_id("voice-record").click()
    expect(page.get_by_test_id("voice-stop")).to_contain_text("0:01")
    page.evaluate(LATER)
    expect(note).to_have_count(1)
    page.evaluate("back()")
    device.tab("outbox")
    expect(note).to_contain_text("可先试听")
    device.stop()

    # A draft from before the phone went off is not lost; it is sent on confirmation.
    page = device.start()
    device.gate.open()
    device.tab("outbox")
    page.locator(".page > button").first.click()
    expect(page.get_by_test_id("sync").locator("span")).to_have_text(re.compile(r"已同步 \d"))
    mine = "select kind, state, content_type, incident_id from media where uploaded_by = %s"
    assert (owner.execute(mine, (me.id,)).fetchall(), device.held("photo")) == ([], 1)
    page.get_by_test_id("voice-send").click()
    soon(lambda: device.held("photo") == 0)

    device.gate.shut()
    device.tab("report")
    page.get_by_test_id("voice-record").click()
    expect(page.get_by_test_id("voice-stop")).to_contain_text("0:01")
    page.get_by_test_id("voice-stop").click()
    expect(page.get_by_test_id("voice")).to_have_count(1)
    report(page, "楼上漏水", WASTE)
    device.gate.open()
    device.sync()
    notes = soon(
        lambda: (
            len(some := owner.execute(mine, (me.id,)).fetchall()) == 2
            and all(note[1] == "ready" for note in some)
            and some
        )
    )
    assert [note[:3] for note in notes] == [("voice", "ready", "audio/webm")] * 2
    assert case("楼上漏水")[0] in [note[3] for note in notes]


def test_interrupted_upload_resumes_at_its_offset(city, owner, phone, tmp_path):
    picture = tmp_path / "large.jpg"
    Image.effect_noise((2000, 1500), 80).save(picture, quality=92)
    size = picture.stat().st_size
    assert size > 1_500_000
    me = city.worker("g1")
    device = phone(has_profile=True)
    device.sign_in(me)
    page = device.page
    device.tab("report")
    page.get_by_test_id("photo-near").set_input_files(picture)
    expect(page.get_by_test_id("photo")).to_have_count(1)
    # It goes with its report, and not before.
    device.gate.shut_after(1_200_000)
    report(page, "井盖缺失", WASTE)
    soon(lambda: device.gate.is_shut)
    device.stop()
    arrived = "select m.id, u.received from media m join media_upload u on u.media_id = m.id where m.uploaded_by = %s"
    [(id_, received)] = owner.execute(arrived, (me.id,)).fetchall()
    assert 500_000 <= received < size
    before, patches = device.gate.sent, len(device.gate.patches)
    device.gate.open()
    device.start()
    state = "select id, state from media where uploaded_by = %s"
    soon(lambda: owner.execute(state, (me.id,)).fetchall() == [(id_, "ready")])
    parts = [
        (number(UPLOAD_OFFSET, head), number(CONTENT_LENGTH, head))
        for head in device.gate.patches[patches:]
        if head.startswith(b"PATCH /api/v1/media/uploads/")
    ]
    # No byte that had arrived is sent again. A server that is busy may refuse a part, which is then repeated from its offset.
    assert min(offset for offset, _ in parts) >= received
    assert parts[-1][0] + parts[-1][1] == size
    assert max(length for _, length in parts) <= PART_BYTES
    # What the app itself asks for is a few kilobytes.
    assert device.gate.sent - before < sum(length for _, length in parts) + 100_000
