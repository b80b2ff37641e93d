"""Content codings of HTTP: gzip (RFC 1952) and zstd (RFC 8878). `app.http.content_coding` chooses one for a response."""

import gzip
import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# The coding that is used if a client takes several equally well comes first.
CODINGS = ("zstd", "gzip")
# bench/README.md has the time and the size of both. The best level of gzip takes three times as long for a tenth less.
_GZIP_LEVEL = 5
_ZSTD_LEVEL = 3


def encode(body: bytes, coding: str) -> bytes:
    """Return the body in one of CODINGS. The same body has the same bytes each time."""
    if coding == "zstd":
        return zstd.compress(body, level=_ZSTD_LEVEL)
    return gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
