"""Child process that re-encodes pictures, removes metadata from sound files and checks documents.

A request is `{"type", "pixels_max"}` with open files: the upload, the file for the clean bytes, and one file for each of
THUMBNAILS. When the process has written these files it responds with `{"type", "stripped"}`; for a picture the response also
has `width`, `height` and `claims`. A request with `boxes` has two files, a thumbnail and the file for its copy with black
boxes; the response is `{}`. If the process refuses the upload it responds with `{"refused": code}`. The process has no access
to object store and database.
"""

import os
from collections.abc import Iterator
from typing import IO, Any

from app.core.child_program import serve
from app.media.rules import documents, file_types, pictures, voices


def clean_file(request: dict[str, Any], files: list[int]) -> Iterator[dict[str, Any]]:
    """Clean one upload, write the results to the other files, and yield the response."""
    opened: list[IO[bytes]] = [os.fdopen(os.dup(file), "r+b") for file in files]
    try:
        upload, content, *thumbnails = opened
        upload.seek(0)
        if "boxes" in request:
            _write(content, pictures.black_out(upload, request["boxes"], pixels_max=request["pixels_max"]))
            yield {}
        else:
            yield _cleaned(request, upload, content, thumbnails)
    except (pictures.Refused, voices.Refused, documents.Refused) as refused:
        yield {"refused": refused.args[0]}
    finally:
        for file in opened:
            file.close()


def _cleaned(
    request: dict[str, Any], upload: IO[bytes], content: IO[bytes], thumbnails: list[IO[bytes]]
) -> dict[str, Any]:
    if request["type"] == file_types.PDF:
        document = upload.read()
        documents.check(document)
        _write(content, document)
        return {"type": file_types.PDF, "stripped": []}
    if request["type"] not in file_types.PHOTOS:
        sound, stripped = voices.clean(upload.read(), request["type"])
        _write(content, sound)
        return {"type": request["type"], "stripped": stripped}
    picture = pictures.clean(upload, request["type"], pixels_max=request["pixels_max"])
    _write(content, picture.content)
    for file, name in zip(thumbnails, file_types.THUMBNAILS, strict=True):
        _write(file, picture.thumbnails[name])
    return {
        "type": picture.type,
        "stripped": picture.stripped,
        "width": picture.width,
        "height": picture.height,
        "claims": picture.claims,
    }


def _write(file: IO[bytes], content: bytes) -> None:
    file.seek(0)
    file.truncate()
    file.write(content)
    file.flush()


if __name__ == "__main__":
    serve(clean_file)
