"""Cleaning of voice notes: removal of metadata from sound files without decoding the sound.

The metadata are overwritten in place, so lengths and offsets in most formats stay the same; from MP3 the ID3 tags are cut off.
No codec is needed. The code runs in a child process with limits of time and memory.
`docs/decisions/0041-read-sound-files-ourselves.md` has the reasons for parsers of our own.
"""

from collections.abc import Callable, Iterator

from app.media.rules.file_types import AAC, AMR, M4A, MP3, OGG, WAV, WEBM


class Refused(ValueError):
    """Raised for a file that is not an acceptable voice note. `args[0]` is the code."""


def clean(content: bytes, type_: str) -> tuple[bytes, list[str]]:
    """Return the sound file without metadata, and the kinds of metadata that were removed.

    Raises:
        Refused: `voice_broken` or `has_pictures`.
    """
    cleaned = bytearray(content)
    try:
        stripped = _CLEANERS[type_](cleaned)
    except (IndexError, ValueError) as fault:
        if isinstance(fault, Refused):
            raise
        raise Refused("voice_broken") from None
    return bytes(cleaned), sorted(set(stripped))


# --- MP4 (m4a, 3gp): boxes of a 32-bit length and a type; some contain boxes.
_DEEPEST = 8  # levels of parts that contain parts; recordings have five
_CONTAINER_BOXES = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"mvex"}
_SIDE_BOXES = {b"udta", b"meta", b"uuid", b"XMP_", b"loci"}


def _mp4(data: bytearray) -> list[str]:
    stripped: list[str] = []
    has_sound = False
    for start, head, end, kind in _boxes(data, 0, len(data)):
        if kind in _SIDE_BOXES:
            data[start + 4 : start + 8] = b"free"
            data[head:end] = bytes(end - head)
            stripped.append(kind.decode())
        elif kind == b"hdlr":
            handler = bytes(data[head + 8 : head + 12])
            if handler in (b"vide", b"pict", b"auxv"):
                raise Refused("has_pictures")
            has_sound = has_sound or handler == b"soun"
            if any(data[head + 24 : end]):
                data[head + 24 : end] = bytes(end - head - 24)
        elif kind in (b"mvhd", b"tkhd", b"mdhd"):
            _blank_times(data, head, end)
    if not has_sound:
        raise Refused("voice_broken")
    return stripped


def _blank_times(data: bytearray, head: int, end: int) -> None:
    """Overwrite the creation and modification time, which come from the clock of the device."""
    width = 8 if data[head] == 1 else 4
    if head + 4 + 2 * width > end:
        raise Refused("voice_broken")
    data[head + 4 : head + 4 + 2 * width] = bytes(2 * width)


def _boxes(data: bytearray, offset: int, end: int, depth: int = 0) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield each box of an MP4 file as (start, payload start, end, type).

    A box is a block of the file with a length and a type. Boxes that are inside another box are yielded, too.
    """
    while offset + 8 <= end:
        size, kind, head = (
            int.from_bytes(data[offset : offset + 4], "big"),
            bytes(data[offset + 4 : offset + 8]),
            offset + 8,
        )
        if size == 1:
            size, head = int.from_bytes(data[offset + 8 : offset + 16], "big"), offset + 16
        elif size == 0:
            size = end - offset
        if size < head - offset or offset + size > end or depth > _DEEPEST:
            raise Refused("voice_broken")
        yield offset, head, offset + size, kind
        if kind in _CONTAINER_BOXES:
            yield from _boxes(data, head, offset + size, depth + 1)
        offset += size


# --- WAV: chunks of a type and a length in little-endian, each on an even place.
def _wav(data: bytearray) -> list[str]:
    stripped: list[str] = []
    offset, has_sound = 12, False
    while offset + 8 <= len(data):
        kind, size = bytes(data[offset : offset + 4]), int.from_bytes(data[offset + 4 : offset + 8], "little")
        end = min(offset + 8 + size, len(data))
        if kind == b"data":
            has_sound = True
        elif kind not in (b"fmt ", b"fact", b"JUNK"):
            stripped.append(kind.decode("latin-1").strip())
            data[offset : offset + 4] = b"JUNK"
            data[offset + 8 : end] = bytes(end - offset - 8)
        offset += 8 + size + size % 2
    if not has_sound:
        raise Refused("voice_broken")
    return [name for name in stripped if name.isalnum()]


# --- WebM: elements of an id and a length, both of variable width.
_SEGMENT, _INFO, _TAGS, _ATTACHMENTS, _CHAPTERS = 0x18538067, 0x1549A966, 0x1254C367, 0x1941A469, 0x1043A770
_TRACKS, _TRACK, _TRACK_TYPE, _TRACK_NAME, _CLUSTER = 0x1654AE6B, 0xAE, 0x83, 0x536E, 0x1F43B675
_DATE, _TITLE, _MUXER, _WRITER, _FILE = 0x4461, 0x7BA9, 0x4D80, 0x5741, 0x7384
_SIDE_ELEMENTS = {_TAGS: "tags", _ATTACHMENTS: "attachments", _CHAPTERS: "chapters"}
_SIDE_VALUES = {
    _DATE: "date",
    _TITLE: "title",
    _MUXER: "app",
    _WRITER: "app",
    _FILE: "name",
    _TRACK_NAME: "name",
}


def _webm(data: bytearray) -> list[str]:
    stripped: list[str] = []
    has_sound = False
    for head, end, kind in _elements(data, 0, len(data)):
        if kind in _SIDE_ELEMENTS or kind in _SIDE_VALUES:
            stripped.append((_SIDE_ELEMENTS | _SIDE_VALUES)[kind])
            # Spaces are valid in texts; the content of a side element becomes a void element.
            data[head:end] = (
                b" " * (end - head) if kind in _SIDE_VALUES and kind != _DATE else bytes(end - head)
            )
            if kind in _SIDE_ELEMENTS:
                _make_void(data, head, end)
        elif kind == _TRACK_TYPE:
            if int.from_bytes(data[head:end], "big") != 2:
                raise Refused("has_pictures")
            has_sound = True
    if not has_sound:
        raise Refused("voice_broken")
    return stripped


def _make_void(data: bytearray, head: int, end: int) -> None:
    """Replace an EBML element of a WebM file with Void elements (0xEC), which readers skip."""
    offset = head
    while end - offset >= 2:
        size = min(end - offset - 2, 126)
        if end - offset - 2 - size == 1:  # no element has one byte
            size -= 1
        data[offset : offset + 2] = bytes((0xEC, 0x80 | size))
        offset += 2 + size


def _elements(data: bytearray, offset: int, end: int, depth: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield each EBML element of a WebM file as (payload start, end, id).

    Clusters contain the sound. The elements in them are not read.
    """
    if depth > _DEEPEST:
        raise Refused("voice_broken")
    while offset < end:
        kind, offset = _number(data, offset, keeps_marker=True)
        size, head = _number(data, offset, keeps_marker=False)
        is_open = size == (1 << (7 * (head - offset))) - 1  # a live recording does not know its length
        stop = end if is_open else head + size
        if stop > end:
            if kind != _CLUSTER:
                raise Refused("voice_broken")
            stop = end
        yield head, stop, kind
        if kind in (_SEGMENT, _INFO, _TRACKS, _TRACK) or (kind == _CLUSTER and is_open):
            yield from _elements(data, head, stop, depth + 1)
        offset = stop


def _number(data: bytearray, offset: int, *, keeps_marker: bool) -> tuple[int, int]:
    width = 9 - data[offset].bit_length()
    if width > 8 or offset + width > len(data):
        raise Refused("voice_broken")
    value = int.from_bytes(data[offset : offset + width], "big")
    return (value if keeps_marker else value & ((1 << (7 * width)) - 1)), offset + width


# --- Ogg: pages with a checksum; packets are cut into laces of at most 255 bytes. The second packet is the comments.
def _ogg(data: bytearray) -> list[str]:
    stripped: list[str] = []
    offset, has_sound, is_continued = 0, False, False
    while offset + 27 <= len(data):
        laces = data[offset + 27 : offset + 27 + data[offset + 26]]
        head = offset + 27 + len(laces)
        end = head + sum(laces)
        if data[offset : offset + 4] != b"OggS" or end > len(data):
            raise Refused("voice_broken")
        payload = bytes(data[head : head + 8])
        if payload.startswith((b"OpusHead", b"\x01vorbis", b"Speex   ")):
            has_sound = True
        elif payload.startswith((b"\x80theora", b"BBCD", b"\x01video")):
            raise Refused("has_pictures")
        is_first_page = payload.startswith((b"OpusTags", b"\x03vorbis"))
        if is_first_page or is_continued:
            # The packet ends with the first lace that is not full; another packet may follow on this page.
            last_lace = next((n for n, lace in enumerate(laces) if lace < 255), None)
            stop = end if last_lace is None else head + sum(laces[: last_lace + 1])
            _blank_comments(data, head, stop, is_first_page=is_first_page, is_opus=payload == b"OpusTags")
            data[offset + 22 : offset + 26] = bytes(4)
            data[offset + 22 : offset + 26] = _page_checksum(data[offset:end]).to_bytes(4, "little")
            is_continued = last_lace is None
            stripped.append("comments")
        offset = end
    if not has_sound or offset != len(data):
        raise Refused("voice_broken")
    return stripped


def _blank_comments(data: bytearray, head: int, stop: int, *, is_first_page: bool, is_opus: bool) -> None:
    """Overwrite vendor and comments in an Ogg comment packet with zeros.

    The packet then has no comments, and the zeros after its header are padding.
    """
    header_size = (8 if is_opus else 7) if is_first_page else 0
    data[head + header_size : stop] = bytes(stop - head - header_size)
    if is_first_page and not is_opus and stop - head > 15:
        data[head + 15] = 1  # Vorbis wants a set bit after its comments


_POLYNOMIAL = 0x04C11DB7


def _checksum_of(byte: int) -> int:
    value = byte << 24
    for _ in range(8):
        value = (value << 1) ^ (_POLYNOMIAL if value & 0x80000000 else 0)
    return value & 0xFFFFFFFF


_CHECKSUMS = tuple(_checksum_of(byte) for byte in range(256))


def _page_checksum(page: bytes | bytearray) -> int:
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _CHECKSUMS[(value >> 24) ^ byte]
    return value


# --- MP3: tags before and after the sound.
def _mp3(data: bytearray) -> list[str]:
    stripped: list[str] = []
    while data[:3] == b"ID3" and len(data) > 10:
        size = sum((data[6 + n] & 0x7F) << (7 * (3 - n)) for n in range(4))
        del data[: 10 + size + (10 if data[5] & 0x10 else 0)]
        stripped.append("id3")
    if data[-128:-125] == b"TAG":
        del data[-128:]
        stripped.append("id3")
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        raise Refused("voice_broken")
    return stripped


def _strip_nothing(data: bytearray) -> list[str]:
    """Return an empty list: AMR and bare AAC files have no metadata to remove."""
    return []


_CLEANERS: dict[str, Callable[[bytearray], list[str]]] = {
    M4A: _mp4,
    WAV: _wav,
    WEBM: _webm,
    OGG: _ogg,
    MP3: _mp3,
    AMR: _strip_nothing,
    AAC: _strip_nothing,
}
