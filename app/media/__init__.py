"""Photos and voice notes: resumable upload, storage, cleaning and thumbnails.

A file is linked to a case or a visit by id. The claims of a file are the place and time that the device or the metadata of
the file state. They are not verified.
"""
