"""Rules of media: tus headers, file types, cleaning of files. Pure functions."""
