"""/media: uploads by tus, records and their bytes."""

from app.media.routes import contents, uploads

BLUEPRINTS = (uploads.blp, contents.blp)
__all__ = ["BLUEPRINTS"]
