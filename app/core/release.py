"""The version of the product. `pyproject.toml` and the packages of `web/` have the same number; a test compares them."""

# The metadata of an editable installation keep the number of the day on which bin/setup ran, so they are not asked.
VERSION = "0.2.0"
