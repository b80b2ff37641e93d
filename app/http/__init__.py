"""Flask code that all domains share: blueprints, errors, messages, validation, the API document.

This package imports no package of a domain.
"""
