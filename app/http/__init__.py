"""Flask code that all domains share: blueprints, errors, messages, validation, the API document.

It knows no domain.
"""
