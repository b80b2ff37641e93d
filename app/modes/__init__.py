"""The settings in force for an area at an instant."""
