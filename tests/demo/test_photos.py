"""The bytes of the demo's photos are drawn and stored where the media service reads them."""

from dataclasses import replace
from io import BytesIO
from uuid import UUID

from PIL import Image

from app.demo.city.city_map import city_map
from app.demo.photos import Photo, PictureStore, picture

PHOTO = Photo(UUID("019b76da-a800-7b94-ab44-05a56fe1bd37"), "pothole", 1, is_after=False)


def test_recorded_photo_is_stored_with_thumbnails_without_generating_the_city(settings, tmp_path):
    city = city_map.cache_info()
    drawn = PictureStore(replace(settings, media_store=tmp_path.as_uri())).put(PHOTO)
    assert city_map.cache_info() == city
    files = {path.name: path.read_bytes() for path in (tmp_path / "media" / str(PHOTO.id)).iterdir()}
    assert files == {"content": drawn.content, "large": drawn.content, "small": drawn.small}
    sizes = {name: Image.open(BytesIO(content)).size for name, content in files.items()}
    assert sizes == {"content": (640, 480), "large": (640, 480), "small": (256, 192)}
    assert drawn == picture(PHOTO.scene, PHOTO.variant, PHOTO.is_after)
