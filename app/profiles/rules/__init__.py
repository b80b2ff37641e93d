"""What a profile may contain, section by section. Pure."""
