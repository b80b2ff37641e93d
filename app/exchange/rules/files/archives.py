"""Limits on the uncompressed size of ZIP archives."""

import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from app.exchange.rules.faults import FileRefused

UNPACKED_MAX = 1_000_000_000


def require_small_archive(file: Path | BinaryIO) -> None:
    """Refuse an archive whose uncompressed size exceeds the limit.

    Raises:
        FileRefused: The archive is too large, or cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(info.file_size for info in archive.infolist())
            broken = archive.testzip() if size <= UNPACKED_MAX else None
    except (zipfile.BadZipFile, OSError, ValueError):
        raise FileRefused("file_unreadable", reason="not an archive") from None
    except (zlib.error, RuntimeError, NotImplementedError):
        broken = "?"
    if size > UNPACKED_MAX:
        raise FileRefused("file_too_large")
    if broken is not None:
        raise FileRefused("file_unreadable", reason="a part of the archive is broken")
