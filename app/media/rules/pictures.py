"""Cleaning of photos: read time and place from EXIF, then re-encode without metadata. Blackening of boxes."""

import io
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import pi_heif
from PIL import ExifTags, Image, ImageCms, ImageDraw, ImageOps

from app.media.rules.file_types import HEIC, JPEG, PNG, THUMBNAILS, WEBP

pi_heif.register_heif_opener()
# Pixels are counted below, before any is decoded.
Image.MAX_IMAGE_PIXELS = None

_FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}
_QUALITY, _THUMBNAIL_QUALITY = 90, 80


class Refused(ValueError):
    """Raised for a file that is not an acceptable picture. `args[0]` is the code."""


@dataclass(frozen=True, slots=True)
class Clean:
    """A re-encoded picture.

    Attributes:
        type: Media type.
        content: The encoded bytes.
        thumbnails: JPEG bytes by name of the thumbnail.
        claims: Time and place from EXIF.
        stripped: Kinds of metadata that were removed.
    """

    type: str
    content: bytes
    width: int
    height: int
    thumbnails: dict[str, bytes]
    claims: dict[str, Any]
    stripped: list[str]


def clean(file: IO[bytes], type_: str, *, pixels_max: int) -> Clean:
    """Read time and place from the EXIF of a picture, then re-encode it without any metadata.

    JPEG stays JPEG, PNG stays PNG, WebP and HEIC become JPEG. A picture of 40 megapixels needs 160 MB uncompressed. At most two
    uncompressed copies are in memory at a time.

    Raises:
        Refused: `too_many_pixels` or `picture_broken`.
    """
    try:
        with Image.open(file, formats=[_FORMATS[type_]]) as picture:
            if picture.width * picture.height > pixels_max:
                raise Refused("too_many_pixels")
            claims, stripped = _claims(picture), _metadata_kinds(picture)
            picture.load()
            redrawn = _redrawn(picture, keeps_alpha=type_ == PNG)
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
        # Decoders of four formats read bytes from anywhere, and each raises errors of its own.
        raise Refused("picture_broken") from None
    kept_type = PNG if type_ == PNG else JPEG
    return Clean(
        type=kept_type,
        content=_png(redrawn) if kept_type == PNG else _jpeg(redrawn, _QUALITY),
        width=redrawn.width,
        height=redrawn.height,
        thumbnails={name: _thumbnail(redrawn, side) for name, side in THUMBNAILS.items()},
        claims=claims,
        stripped=stripped,
    )


def black_out(file: IO[bytes], boxes: list[list[float]], *, pixels_max: int) -> bytes:
    """Return a thumbnail of a picture again, as JPEG, with black boxes and without metadata.

    The boxes are filled before the picture is encoded, so the result has nothing of what they cover.

    Args:
        boxes: Left, top, width and height of each, as shares of the width and height of the picture.

    Raises:
        Refused: `too_many_pixels` or `picture_broken`.
    """
    try:
        with Image.open(file, formats=[_FORMATS[JPEG]]) as picture:
            if picture.width * picture.height > pixels_max:
                raise Refused("too_many_pixels")
            canvas = Image.new("RGB", picture.size)
            canvas.paste(picture.convert("RGB"))
    except (Refused, MemoryError):
        raise
    except (OSError, ValueError, SyntaxError, EOFError):
        raise Refused("picture_broken") from None
    draw = ImageDraw.Draw(canvas)
    for left, top, width, height in boxes:
        # Whole pixels, outwards: nothing of a pixel at the edge stays. The last pixel belongs to the box.
        corner = (math.floor(left * canvas.width), math.floor(top * canvas.height))
        end = (math.ceil((left + width) * canvas.width) - 1, math.ceil((top + height) * canvas.height) - 1)
        draw.rectangle((*corner, max(corner[0], end[0]), max(corner[1], end[1])), fill="black")
    # Without subsampling the colours beside a box do not run into it.
    return _jpeg(canvas, _QUALITY, subsampling=0)


def _redrawn(picture: Image.Image, *, keeps_alpha: bool) -> Image.Image:
    """Return the picture upright, in sRGB, on a new canvas without metadata.

    Each step closes the image that it converts, to free the memory.
    """
    ImageOps.exif_transpose(picture, in_place=True)
    profile = picture.info.get("icc_profile")
    has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    target_mode = "RGBA" if has_alpha else "RGB"
    upright = picture
    if upright.mode not in ("CMYK", target_mode):
        upright = _replace(upright, upright.convert(target_mode))
    if profile:
        upright = _replace(upright, _to_srgb(upright, profile))
    if upright.mode == "CMYK":
        upright = _replace(upright, upright.convert("RGB"))
    if upright.mode == "RGBA" and not keeps_alpha:
        canvas = Image.new("RGB", upright.size, "white")
        canvas.paste(upright, mask=upright.getchannel("A"))
    else:
        canvas = Image.new(upright.mode, upright.size)
        canvas.paste(upright)
    return _replace(upright, canvas)


def _replace(old_image: Image.Image, new_image: Image.Image) -> Image.Image:
    """Return `new_image` and free the memory of `old_image`."""
    if new_image is not old_image:
        old_image.close()
    return new_image


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Convert the picture to sRGB and drop its colour profile, which may name a device."""
    try:
        converted = ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if picture.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted or picture


def _jpeg(picture: Image.Image, quality: int, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True, **options)
    return buffer.getvalue()


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _thumbnail(picture: Image.Image, side: int) -> bytes:
    factor = min(1.0, side / max(picture.size))
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    scaled = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if scaled.mode == "RGBA":
        opaque = Image.new("RGB", scaled.size, "white")
        opaque.paste(scaled, mask=scaled.getchannel("A"))
        scaled = opaque
    return _jpeg(scaled, _THUMBNAIL_QUALITY)


def _metadata_kinds(picture: Image.Image) -> list[str]:
    """Return the kinds of metadata that a picture has. Re-encoding removes all of them."""
    kinds = {"exif": "exif", "xmp": "xmp", "icc_profile": "icc", "photoshop": "iptc", "comment": "comment"}
    metadata_kinds = [name for key, name in kinds.items() if picture.info.get(key)]
    if picture.info.get("mp") or picture.info.get("thumbnails"):
        metadata_kinds.append("thumbnails")
    return metadata_kinds


def _claims(picture: Image.Image) -> dict[str, Any]:
    """Return time and place from the EXIF of a picture, without values that cannot be read."""
    try:
        exif = picture.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError):
        return {}
    claims: dict[str, Any] = {}
    taken_at = _taken_at(
        details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime),
        details.get(ExifTags.Base.OffsetTimeOriginal),
    )
    if taken_at:
        claims["taken_at"] = taken_at
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    if lon is not None and lat is not None:
        claims |= {"lon": lon, "lat": lat}
    return claims


def _taken_at(exif_time: Any, offset: Any) -> str | None:
    """Return the time when a picture was taken: in UTC if EXIF has the offset, else local time."""
    try:
        taken_at = datetime.strptime(str(exif_time).strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    try:
        return (
            datetime.fromisoformat(taken_at.isoformat() + str(offset).strip("\0 "))
            .astimezone(UTC)
            .isoformat()
        )
    except (ValueError, OverflowError):
        return taken_at.isoformat()


def _degrees(parts: Any, ref: Any, negative: str, limit: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
        value = degrees + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not math.isfinite(value) or value > limit:
        return None
    return round(-value if str(ref).strip("\0 ").upper() == negative else value, 7)
