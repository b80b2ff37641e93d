"""Object store: a folder or a bucket of any S3-compatible store, by obstore (object_store).

Writes are whole or not at all. A full disk is `StorageFull`, any other failure is `Unavailable`:
nothing was acknowledged.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from app.core.errors import StorageFull, Unavailable
from app.settings import Settings

# Signs in error messages that a disk is full or a quota is used up, from the operating system and S3-compatible stores.
_FULL = (
    "os error 28", "os error 122", "os error 27", "507 ", "InsufficientStorage", "XMinioStorageFull", "QuotaExceeded",
)  # fmt: skip

_COPY_BYTES = 4 << 20


class Store:
    """Objects by key. Keys are made here and contain no text from users."""

    def __init__(self, backend: Any, folder: Path | None = None) -> None:
        self._backend = backend
        self._folder = folder

    def put(self, key: str, content: IO[bytes] | bytes) -> None:
        """Store an object, in place of one with this key."""
        with _mapped_errors():
            # Parts of 5 MB are held in memory, as many as are sent at once.
            obstore.put(self._backend, key, content, max_concurrency=2)

    def read(self, key: str, *, start: int = 0, length: int) -> bytes:
        """Return `length` bytes from `start`."""
        if length == 0:
            return b""
        with _mapped_errors():
            return bytes(obstore.get_range(self._backend, key, start=start, length=length))

    def path(self, key: str) -> Path | None:
        """Return the file of an object; None if the store is not on this machine."""
        return None if self._folder is None else self._folder / key

    def open(self, path: Path) -> IO[bytes]:
        """Open an object that is a file on this machine."""
        with _mapped_errors():
            return path.open("rb")

    def copy(self, key: str, target: IO[bytes], *, start: int, length: int) -> None:
        """Write `length` bytes from `start` to a file, a part at a time."""
        for offset in range(start, start + length, _COPY_BYTES):
            target.write(self.read(key, start=offset, length=min(_COPY_BYTES, start + length - offset)))

    def stream(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of an object in blocks of a megabyte or more."""
        with _mapped_errors():
            yield from (
                bytes(part) for part in obstore.get(self._backend, key).stream(min_chunk_size=1 << 20)
            )

    def under(self, beginning: str) -> list[str]:
        """Return the keys below `beginning`/."""
        with _mapped_errors():
            return [entry["path"] for page in obstore.list(self._backend, beginning) for entry in page]

    def erase(self, keys: list[str]) -> None:
        """Remove objects; those that are gone already count as removed."""
        for key in keys:
            try:
                with _mapped_errors():
                    obstore.delete(self._backend, key)
            except Missing:
                continue


class Missing(Unavailable):
    """An object that is in the database but not in the store."""


class _mapped_errors:
    """Map the store's errors to ours. Their text may contain an address or a key and is dropped."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, NotFoundError | FileNotFoundError):
            raise Missing("media_store_unavailable") from error
        if isinstance(error, BaseError | OSError):
            if any(sign in str(error) for sign in _FULL):
                raise StorageFull("storage_full") from error
            raise Unavailable("media_store_unavailable") from error


@lru_cache(maxsize=1)
def configured() -> tuple[Settings, Store]:
    """Return the settings of a job's process and its store, opened once."""
    settings = Settings.from_env()
    return settings, open_store(settings)


def open_store(settings: Settings) -> Store:
    """Open the store of the setting MEDIA_STORE.

    The setting is `file:///folder`, or `s3://bucket/prefix?endpoint=https://host&region=r`. The keys of a bucket come from the
    environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), never from the URL.

    Raises:
        ValueError: The URL is of another form.
    """
    url = settings.media_store or (settings.state_dir.resolve() / "media").as_uri()
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc:
        folder = Path(unquote(parts.path))
        folder.mkdir(parents=True, exist_ok=True)
        return Store(LocalStore(folder, automatic_cleanup=False), folder)
    if parts.scheme == "s3" and parts.hostname and parts.username is None:
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        endpoint = query.pop("endpoint", None)
        region = query.pop("region", None)
        if query:
            raise ValueError("MEDIA_STORE: endpoint and region are all that may follow the bucket")
        options: dict[str, Any] = {"region": region} if region else {}
        if endpoint:
            options["endpoint"] = endpoint
            options["virtual_hosted_style_request"] = False
        return Store(
            S3Store(
                parts.hostname,
                prefix=parts.path.strip("/") or None,
                client_options={
                    "allow_http": bool(endpoint and endpoint.startswith("http://")),
                    "timeout": "30s",
                    "connect_timeout": "5s",
                },
                retry_config={"max_retries": 3},
                **options,
            )
        )
    raise ValueError("MEDIA_STORE: file:///folder or s3://bucket/prefix?endpoint=... is needed")
