"""Parsing of the headers of tus 1.0.0 (tus.io/protocols/resumable-upload)."""

import base64
import binascii
import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.core.enumerations import Enumeration

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
OFFSET_TYPE = "application/offset+octet-stream"
ALGORITHMS = ("sha1", "sha256", "md5")
METADATA_LENGTH_MAX = 4_000

_PHOTOS = {
    "near": "a photo of the thing itself",
    "far": "a photo of the thing in its surroundings",
    "reference": "a photo of something by which the place is recognised",
    "before": "a photo before the handling",
    "after": "a photo after the handling",
    "other": "any other photo",
}
PHOTO_KINDS = tuple(_PHOTOS)
KINDS = Enumeration(
    "MediaKind", _PHOTOS | {"voice": "a voice note", "document": "a PDF to attach to a notice"}
)
# Types that may be declared. The bytes decide about the real type when the upload is complete.
PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif")
VOICE_TYPES = (
    "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/aac", "audio/ogg", "audio/opus", "audio/webm", "audio/wav",
    "audio/x-wav", "audio/wave", "audio/mpeg", "audio/mp3", "audio/amr", "audio/3gpp",
)  # fmt: skip

DOCUMENT_TYPES = ("application/pdf",)


class Unreadable(ValueError):
    """Raised for a header that cannot be parsed. `args[0]` is the name of the header."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Properties that a client declares when an upload begins."""

    id: UUID | None = None
    kind: str = "other"
    type: str | None = None
    sha256: str | None = None
    incident_id: UUID | None = None
    visit_id: UUID | None = None
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checksum:
    """The digest that a client declares for the body of one request."""

    algorithm: str
    digest: bytes

    def matches(self, blocks: Iterable[bytes]) -> bool:
        """Return True if the bytes have this digest."""
        hasher = hashlib.new(self.algorithm, usedforsecurity=False)
        for block in blocks:
            hasher.update(block)
        return hasher.digest() == self.digest


def length(header: str | None) -> int:
    """Parse `Upload-Length` or `Upload-Offset`: a whole number of bytes.

    Raises:
        Unreadable: The value is not a whole number.
    """
    if header is None or not header.isascii() or not header.isdigit() or len(header) > 18:
        raise Unreadable("Upload-Length")
    return int(header)


def checksum(header: str | None) -> Checksum | None:
    """Parse `Upload-Checksum: sha1 <base64>`; return None if the header was not sent.

    Raises:
        Unreadable: The header cannot be parsed, or the algorithm is unknown.
    """
    if header is None:
        return None
    algorithm, _, encoded = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise Unreadable("Upload-Checksum")
    return Checksum(algorithm, _base64(encoded, "Upload-Checksum"))


def metadata(header: str | None) -> dict[str, str]:
    """Parse `Upload-Metadata` to a mapping of names to values. Names are in lower case.

    The header has pairs of a name and a base64 value, separated by commas.

    Raises:
        Unreadable: The header cannot be parsed.
    """
    if not header:
        return {}
    if len(header) > METADATA_LENGTH_MAX:
        raise Unreadable("Upload-Metadata")
    entries: dict[str, str] = {}
    for pair in header.split(","):
        name, _, encoded = pair.strip().partition(" ")
        name = name.lower()
        if not name or name in entries:
            raise Unreadable("Upload-Metadata")
        try:
            entries[name] = _base64(encoded.strip(), "Upload-Metadata").decode()
        except UnicodeDecodeError:
            raise Unreadable("Upload-Metadata") from None
    return entries


def declared(metadata: dict[str, str]) -> Declared:
    """Validate the metadata of an upload. Unknown entries, such as a file name, are ignored.

    Raises:
        Unreadable: An entry is not valid. `args[0]` is its name.
    """
    type_ = (metadata.get("filetype") or metadata.get("content-type") or "").partition(";")[
        0
    ].strip().lower() or None
    is_voice = type_ is not None and type_.startswith("audio/")
    kind = metadata.get("kind") or ("voice" if is_voice else "other")
    if kind not in KINDS:
        raise Unreadable("kind")
    sha256 = (metadata.get("sha256") or "").lower() or None
    if sha256 is not None and not (len(sha256) == 64 and set(sha256) <= set("0123456789abcdef")):
        raise Unreadable("sha256")
    upload = Declared(
        id=_uuid(metadata, "id"),
        kind=kind,
        type=type_,
        sha256=sha256,
        incident_id=_uuid(metadata, "incident"),
        visit_id=_uuid(metadata, "visit"),
        claims=_claims(metadata),
    )
    if upload.id is not None and upload.id.version != 7:
        raise Unreadable("id")
    if upload.incident_id is not None and upload.visit_id is not None:
        raise Unreadable("visit")
    if kind == "document" and (upload.incident_id or upload.visit_id):
        raise Unreadable("kind")
    return upload


def is_type_known(kind: str, type_: str | None) -> bool:
    """Return True if a client may declare this media type for this kind of file.

    None (no declared type) is always allowed.
    """
    types = {"voice": VOICE_TYPES, "document": DOCUMENT_TYPES}.get(kind, PHOTO_TYPES)
    return type_ is None or type_ in types


def _claims(metadata: dict[str, str]) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    if metadata.get("taken_at"):
        try:
            taken_at = datetime.fromisoformat(metadata["taken_at"])
        except ValueError:
            raise Unreadable("taken_at") from None
        if taken_at.tzinfo is None or not 1970 <= taken_at.year <= 9000:
            raise Unreadable("taken_at")
        claims["taken_at"] = taken_at.astimezone(UTC).isoformat()
    if metadata.get("lon") or metadata.get("lat"):
        claims["lon"], claims["lat"] = _degrees(metadata, "lon", 180), _degrees(metadata, "lat", 90)
    return claims


def _degrees(metadata: dict[str, str], name: str, limit: float) -> float:
    try:
        value = float(metadata[name])
    except (KeyError, ValueError):
        raise Unreadable(name) from None
    if not math.isfinite(value) or abs(value) > limit:
        raise Unreadable(name)
    return round(value, 7)


def _uuid(metadata: dict[str, str], name: str) -> UUID | None:
    if not metadata.get(name):
        return None
    try:
        return UUID(metadata[name])
    except ValueError:
        raise Unreadable(name) from None


def _base64(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(header) from None
