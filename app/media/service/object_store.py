"""Object store: a local folder or an S3-compatible bucket, accessed with `obstore`.

An object is stored completely or not at all. Methods raise `StorageFull` if the disk or quota is used up, and `Unavailable` for
every other failure.
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
    """A store of objects by key. Keys are made by the server and contain no text from users."""

    def __init__(self, backend: Any, folder: Path | None = None) -> None:
        self._backend = backend
        self._folder = folder

    def put(self, key: str, content: IO[bytes] | bytes) -> None:
        """Store an object. An existing object with the same key is replaced."""
        with _mapped_errors():
            # Parts of 5 MB are held in memory, as many as are sent at once.
            obstore.put(self._backend, key, content, max_concurrency=2)

    def read(self, key: str, *, start: int = 0, length: int) -> bytes:
        """Return `length` bytes of an object, beginning at offset `start`."""
        if length == 0:
            return b""
        with _mapped_errors():
            return bytes(obstore.get_range(self._backend, key, start=start, length=length))

    def path(self, key: str) -> Path | None:
        """Return the path of an object in the file system; None if the store is a bucket."""
        return None if self._folder is None else self._folder / key

    def open(self, path: Path) -> IO[bytes]:
        """Open the file of an object in a local store."""
        with _mapped_errors():
            return path.open("rb")

    def copy(self, key: str, target: IO[bytes], *, start: int, length: int) -> None:
        """Write `length` bytes of an object, beginning at offset `start`, to the file `target`.

        The bytes are copied in blocks of 4 MB, so that a large object does not fill the memory.
        """
        for offset in range(start, start + length, _COPY_BYTES):
            target.write(self.read(key, start=offset, length=min(_COPY_BYTES, start + length - offset)))

    def stream(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of an object in blocks of at least one megabyte."""
        with _mapped_errors():
            yield from (
                bytes(part) for part in obstore.get(self._backend, key).stream(min_chunk_size=1 << 20)
            )

    def under(self, beginning: str) -> list[str]:
        """Return the keys of all objects whose key begins with `beginning` and a slash."""
        with _mapped_errors():
            return [entry["path"] for page in obstore.list(self._backend, beginning) for entry in page]

    def erase(self, keys: list[str]) -> None:
        """Remove objects. An object that does not exist is not an error."""
        for key in keys:
            try:
                with _mapped_errors():
                    obstore.delete(self._backend, key)
            except Missing:
                continue


class Missing(Unavailable):
    """Raised if an object that the database refers to is not in the store."""


class _mapped_errors:
    """A context manager that turns errors of the store into errors of the API.

    The text of the original error is dropped, because it may contain an address or a key.
    """

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
    """Return the settings of the job process, and its store, which is opened only once."""
    settings = Settings.from_env()
    return settings, open_store(settings)


def open_store(settings: Settings) -> Store:
    """Open the object store of the setting MEDIA_STORE.

    The setting is `file:///folder`, or `s3://bucket/prefix?endpoint=https://host&region=r`. Credentials of a bucket are read
    from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), never from the URL.

    Raises:
        ValueError: The URL has another form.
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
