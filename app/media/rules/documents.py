"""Check of PDF documents before they are shown to residents. Pure.

A document is stored as it was sent, so it must be harmless as it is: it has no program, form that sends, embedded file or
password. Names are searched in the whole file and in what its compressed streams contain (ISO 32000-1 7.3.5, 7.5.7), so an
action that is hidden in an object stream is found, too.
"""

import re
import zlib

# Inflated bytes of all streams together, and of one.
INFLATED_MAX = 200_000_000
_CHUNK = 1 << 20
_ACTIVE = (
    b"JavaScript", b"Launch", b"SubmitForm", b"ImportData", b"GoToE", b"RichMedia", b"Rendition", b"Movie", b"Sound",
    b"EmbeddedFile", b"EmbeddedFiles", b"XFA",
)  # fmt: skip
# A name ends before white space or a delimiter (7.2.2).
_END = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|$)"
_IS_ACTIVE = re.compile(rb"/(?:" + b"|".join(_ACTIVE) + rb")" + _END)
_IS_ENCRYPTED = re.compile(rb"/Encrypt" + _END)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_IS_OBJECT_STREAM = re.compile(rb"/ObjStm" + _END)
_FILTER = re.compile(rb"/Filter\s*(\[[^\]]*\]|/[^\x00\t\n\f\r ()<>\[\]{}/%]+)")
# A dictionary before its stream is short; object streams have five entries.
_DICTIONARY_BYTES = 2_000


class Refused(ValueError):
    """Raised for a document that is not acceptable. `args[0]` is the code."""


def check(document: bytes, *, inflated_max: int = INFLATED_MAX) -> None:
    """Check a PDF document.

    Raises:
        Refused: `document_broken`, `document_encrypted`, `document_active` (it has a program, a form that sends, or an embedded
            file) or `too_costly`.
    """
    if not document.startswith(b"%PDF-") or b"%%EOF" not in document[-1_024:]:
        raise Refused("document_broken")
    plain = _unescaped(document)
    if _IS_ENCRYPTED.search(plain):
        raise Refused("document_encrypted")
    _require_passive(plain)
    left = inflated_max
    for match in _STREAM.finditer(document):
        _require_readable(document, match.start())
        left -= _check_stream(document, match.end(), left)


def _unescaped(text: bytes) -> bytes:
    """Return a text with the escapes of names, such as `/J#61vaScript`, written out."""
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), text)


def _require_passive(plain: bytes) -> None:
    if _IS_ACTIVE.search(plain):
        raise Refused("document_active")


def _require_readable(document: bytes, at: int) -> None:
    """Refuse an object stream that is packed in a way that is not searched."""
    dictionary = _unescaped(document[max(0, at - _DICTIONARY_BYTES) : at])
    dictionary = dictionary[dictionary.rfind(b"obj") + 1 :]
    if not _IS_OBJECT_STREAM.search(dictionary):
        return
    used = _FILTER.search(dictionary)
    name = used[1].strip(b"[] \t\r\n") if used else b""
    if name not in (b"", b"/FlateDecode", b"/Fl") or b"/DecodeParms" in dictionary:
        raise Refused("document_broken")


def _check_stream(document: bytes, start: int, left: int) -> int:
    """Search a compressed stream. Return the number of inflated bytes; of another stream none."""
    inflater = zlib.decompressobj()
    size, tail = 0, b""
    given = document[start : start + _CHUNK]
    place = start + len(given)
    while given or inflater.unconsumed_tail:
        try:
            inflated = inflater.decompress(inflater.unconsumed_tail + given, _CHUNK)
        except zlib.error:
            return size
        size += len(inflated)
        if size > left:
            raise Refused("too_costly")
        # A name may lie across two pieces.
        _require_passive(_unescaped(tail + inflated))
        tail = inflated[-64:]
        if inflater.eof or not (inflated or place < len(document)):
            return size
        given = b"" if inflater.unconsumed_tail else document[place : place + _CHUNK]
        place += len(given)
    return size
