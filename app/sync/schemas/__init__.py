"""What the field apps send and get."""
