"""Photos and voice notes: resumable upload, storage, claims and thumbnails.

Cases and visits are linked by id.
"""
