"""File types by their first and last bytes, and detection of polyglot files."""

from dataclasses import dataclass

JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
PDF = "application/pdf"
M4A, OGG, WEBM, WAV, MP3, AMR, AAC = (
    "audio/mp4", "audio/ogg", "audio/webm", "audio/wav", "audio/mpeg", "audio/amr", "audio/aac",
)  # fmt: skip
PHOTOS = frozenset({JPEG, PNG, WEBP, HEIC})
VOICES = frozenset({M4A, OGG, WEBM, WAV, MP3, AMR, AAC})

EXTENSIONS = {
    JPEG: "jpg", PNG: "png", M4A: "m4a", OGG: "ogg", WEBM: "webm", WAV: "wav", MP3: "mp3", AMR: "amr", AAC: "aac",
    PDF: "pdf",
}  # fmt: skip
# Thumbnails of a picture by name: the longer side, in pixels.
THUMBNAILS = {"small": 256, "large": 1024}

_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
_SOUND_BRANDS = {
    b"M4A ", b"M4B ", b"mp42", b"mp41", b"isom", b"iso2", b"iso5", b"iso6", b"dash", b"3gp4", b"3gp5", b"3gp6",
}  # fmt: skip
# How far a reader of documents and archives looks for their signs.
_HEAD_BYTES, _TAIL_BYTES = 4_096, 65_557
_SCRIPTS = (b"<script", b"<?php", b"<html", b"<svg", b"<!doctype", b"<iframe")


@dataclass(frozen=True, slots=True)
class FileEnds:
    """The first bytes, the last bytes and the size of a file."""

    head: bytes
    tail: bytes
    size: int


def type_of(head: bytes) -> str | None:
    """Return the media type that the first bytes of a file show; None: not accepted.

    Args:
        head: At least the first 16 bytes of the file.
    """
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF"):
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if brand:
        return HEIC if brand in _HEIC_BRANDS else M4A if brand in _SOUND_BRANDS else None
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"OggS"):
        return OGG
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM
    if head.startswith(b"#!AMR"):
        return AMR
    if head.startswith(b"ID3"):
        return MP3
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return AAC if head[1] & 0xF6 == 0xF0 else MP3 if head[1] & 0x06 == 0x02 else None
    return None


def family_of(type_: str) -> str:
    """Return the family of a media type: `photo`, `voice` or `document`."""
    return "document" if type_ == PDF else "voice" if type_ in VOICES else "photo"


def is_polyglot(ends: FileEnds, *, is_document: bool = False) -> bool:
    """Return True if a file could also be read as another document, an archive or an HTML page."""
    beginning = ends.head[:_HEAD_BYTES].lower()
    if (
        b"%pdf-" in beginning[1:1024]
        or beginning.startswith(b"%pdf-") is not is_document
        or any(sign in beginning for sign in _SCRIPTS)
    ):
        return True
    tail = ends.tail[-_TAIL_BYTES:]
    offset = tail.rfind(b"PK\x05\x06")
    # A reader of archives finds this record by its comment, which ends with the file.
    return offset >= 0 and len(tail) >= offset + 22 + int.from_bytes(
        tail[offset + 20 : offset + 22], "little"
    )


def matches_declared(declared: str | None, actual: str) -> bool:
    """Return True if the declared type and the detected type are of the same family.

    Devices use several names for one type.
    """
    if declared is None:
        return True
    if declared in ("image/heif", HEIC):
        return actual == HEIC
    if declared.startswith("image/") or declared == PDF:
        return declared == actual
    return actual in VOICES
