"""Pure rules of SMS that come in."""
