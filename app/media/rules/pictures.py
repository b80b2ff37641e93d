"""Photos made clean: what they claim is read, then the picture is drawn anew without anything that is not picture."""

import io
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import pi_heif
from PIL import ExifTags, Image, ImageCms, ImageOps

from app.media.rules.sniffing import HEIC, JPEG, PNG, THUMBNAILS, WEBP

pi_heif.register_heif_opener()
# Pixels are counted below, before any is decoded.
Image.MAX_IMAGE_PIXELS = None

_FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}
_QUALITY, _THUMBNAIL_QUALITY = 90, 80


class Refused(ValueError):
    """Not a picture that we take. `args[0]` is the code."""


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture drawn anew: its type, its bytes, and the thumbnails (JPEG) by name."""

    type: str
    content: bytes
    width: int
    height: int
    thumbnails: dict[str, bytes]
    claims: dict[str, Any]
    stripped: list[str]


def clean(file: IO[bytes], type_: str, *, pixels_max: int) -> Clean:
    """Read the claims, then re-encode: JPEG stays JPEG, PNG stays PNG, WebP and HEIC become JPEG.

    A picture of 40 megapixels takes 160 MB uncompressed; at most two such copies are in memory at a time.

    Raises Refused: `too_many_pixels`, `picture_broken`.
    """
    try:
        with Image.open(file, formats=[_FORMATS[type_]]) as picture:
            if picture.width * picture.height > pixels_max:
                raise Refused("too_many_pixels")
            claims, stripped = _claims(picture), _what_goes(picture)
            picture.load()
            drawn = _drawn(picture, keeps_alpha=type_ == PNG)
    except (Refused, MemoryError):
        raise
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        KeyError,
        IndexError,
        TypeError,
        RuntimeError,
    ):
        # Decoders of four formats meet bytes from anywhere, and each has its own way to say no.
        raise Refused("picture_broken") from None
    kept = PNG if type_ == PNG else JPEG
    return Clean(
        type=kept,
        content=_png(drawn) if kept == PNG else _jpeg(drawn, _QUALITY),
        width=drawn.width,
        height=drawn.height,
        thumbnails={name: _thumbnail(drawn, side) for name, side in THUMBNAILS.items()},
        claims=claims,
        stripped=stripped,
    )


def _drawn(picture: Image.Image, *, keeps_alpha: bool) -> Image.Image:
    """Return the picture upright, in sRGB, on a new canvas without metadata. Each step frees its input."""
    ImageOps.exif_transpose(picture, in_place=True)
    profile = picture.info.get("icc_profile")
    has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    wanted = "RGBA" if has_alpha else "RGB"
    upright = picture
    if upright.mode not in ("CMYK", wanted):
        upright = _freed(upright, upright.convert(wanted))
    if profile:
        upright = _freed(upright, _to_srgb(upright, profile))
    if upright.mode == "CMYK":
        upright = _freed(upright, upright.convert("RGB"))
    if upright.mode == "RGBA" and not keeps_alpha:
        canvas = Image.new("RGB", upright.size, "white")
        canvas.paste(upright, mask=upright.getchannel("A"))
    else:
        canvas = Image.new(upright.mode, upright.size)
        canvas.paste(upright)
    return _freed(upright, canvas)


def _freed(before: Image.Image, after: Image.Image) -> Image.Image:
    """`after`, and the memory of `before` is free."""
    if after is not before:
        before.close()
    return after


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """The same colours without the profile, which may name a device; one that cannot be used is left out."""
    try:
        turned = ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if picture.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return turned or picture


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _thumbnail(picture: Image.Image, side: int) -> bytes:
    factor = min(1.0, side / max(picture.size))
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    small = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if small.mode == "RGBA":
        flat = Image.new("RGB", small.size, "white")
        flat.paste(small, mask=small.getchannel("A"))
        small = flat
    return _jpeg(small, _THUMBNAIL_QUALITY)


def _what_goes(picture: Image.Image) -> list[str]:
    """Which kinds of side matter the file had; none of it is in what is kept."""
    kinds = {"exif": "exif", "xmp": "xmp", "icc_profile": "icc", "photoshop": "iptc", "comment": "comment"}
    found = [name for key, name in kinds.items() if picture.info.get(key)]
    if picture.info.get("mp") or picture.info.get("thumbnails"):
        found.append("thumbnails")
    return found


def _claims(picture: Image.Image) -> dict[str, Any]:
    """What EXIF says of time and place, as far as it can be read."""
    try:
        exif = picture.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError):
        return {}
    claims: dict[str, Any] = {}
    taken = _taken(
        details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime),
        details.get(ExifTags.Base.OffsetTimeOriginal),
    )
    if taken:
        claims["taken_at"] = taken
    lon = _degrees(place.get(ExifTags.GPS.GPSLongitude), place.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    lat = _degrees(place.get(ExifTags.GPS.GPSLatitude), place.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    if lon is not None and lat is not None:
        claims |= {"lon": lon, "lat": lat}
    return claims


def _taken(written: Any, offset: Any) -> str | None:
    """EXIF's time: with its offset an instant in UTC, without one a local time of nobody knows where."""
    try:
        taken = datetime.strptime(str(written).strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    try:
        return (
            datetime.fromisoformat(taken.isoformat() + str(offset).strip("\0 ")).astimezone(UTC).isoformat()
        )
    except (ValueError, OverflowError):
        return taken.isoformat()


def _degrees(parts: Any, ref: Any, negative: str, most: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
        value = degrees + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not math.isfinite(value) or value > most:
        return None
    return round(-value if str(ref).strip("\0 ").upper() == negative else value, 7)
