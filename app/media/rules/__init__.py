"""Pure rules of media: headers of tus, types of files, and cleaning of files."""
