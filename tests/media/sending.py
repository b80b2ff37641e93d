"""A tus client, and pictures with the metadata that a phone writes into them."""

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from PIL import ExifTags, Image, ImageCms, ImageDraw
from sqlalchemy.orm import Session

from app.core import db
from app.core.ids import uuid7
from app.media import service as media
from tests.factories import City, Person

TUS = {"Tus-Resumable": "1.0.0"}
OFFSET = "application/offset+octet-stream"
SECRET = b"Canon EOS of Mrs Li"


def metadata(**values: Any) -> str:
    return ",".join(
        f"{name} {base64.b64encode(str(value).encode()).decode()}" for name, value in values.items()
    )


def begin(person: Person, length: int, **values: Any) -> Any:
    headers = TUS | {"Upload-Length": str(length)}
    if values:
        headers["Upload-Metadata"] = metadata(**values)
    return person.call("POST", "/media/uploads", headers=headers)


def patch(person: Person, media_id: Any, offset: int, content: bytes, **headers: str) -> Any:
    given = TUS | {"Upload-Offset": str(offset), "Content-Type": OFFSET} | headers
    return person.call("PATCH", f"/media/uploads/{media_id}", data=content, headers=given)


def offset_of(person: Person, media_id: Any) -> int:
    answer = person.call("HEAD", f"/media/uploads/{media_id}", headers=TUS)
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["Upload-Offset"])


def send(person: Person, content: bytes, **values: Any) -> str:
    """Upload a whole file, and return its id."""
    values.setdefault("id", uuid7())
    values.setdefault("sha256", hashlib.sha256(content).hexdigest())
    answer = begin(person, len(content), **values)
    assert answer.status_code == 201, answer.data
    if content:
        answer = patch(person, values["id"], 0, content)
        assert answer.status_code == 204, answer.data
    return str(values["id"])


def as_job(city: City) -> Any:
    """Open transactions with the rights of the job worker."""

    @contextmanager
    def transaction(_actor: Any = None) -> Iterator[Session]:
        url = city.settings.database_url
        engine = db.make_engine(url, role="gridward_job", pool_size=1, statement_timeout_ms=0)
        try:
            with Session(engine) as session, session.begin():
                yield session
        finally:
            engine.dispose()

    return transaction


def finish(city: City, media_id: str) -> str | None:
    """Run the job that processes a received file."""
    store = city.app.extensions["media_store"]
    return media.finish(as_job(city), store, media_id=UUID(media_id), settings=city.settings)


def sent(city: City, person: Person, content: bytes | None = None, **values: Any) -> str:
    """Upload a file and process it until it is ready."""
    media_id = send(person, photo() if content is None else content, **values)
    assert finish(city, media_id) == "ready"
    return media_id


def photo(size: tuple[int, int] = (320, 200), form: str = "JPEG", *, with_exif: bool = True) -> bytes:
    """Return a picture with a colour in each quarter and, in a JPEG, all metadata of phones and editors."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, size[0] // 2, size[1] // 2), fill=(200, 30, 30))
    draw.rectangle((size[0] // 2, size[1] // 2, *size), fill=(30, 30, 200))
    out = io.BytesIO()
    if form != "JPEG" or not with_exif:
        picture.save(out, form)
        return out.getvalue()
    exif = picture.getexif()
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif[ExifTags.Base.Orientation] = 6
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2026:11:20 08:30:00"
    details[ExifTags.Base.OffsetTimeOriginal] = "+08:00"
    details[ExifTags.Base.MakerNote] = SECRET
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (30.0, 16.0, 43.3)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (120.0, 6.0, 50.4)
    picture.save(
        out,
        "JPEG",
        exif=exif,
        comment=SECRET,
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )
    return out.getvalue()
