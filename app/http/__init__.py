"""Flask glue that knows no domain."""
