"""Photos and voice notes: resumable upload, storage, claims, thumbnails. What they hang on links them by id."""
