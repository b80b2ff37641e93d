"""Photos and voice notes: resumable upload, storage, cleaning and thumbnails.

A file is linked to a case or a visit by id. Claims of a file are the place and time that the device or the metadata state.
"""
