"""What the field apps ask for."""

from app.fieldapp.service.buckets import whole_bucket
from app.fieldapp.service.pulling import pull

__all__ = ["pull", "whole_bucket"]
