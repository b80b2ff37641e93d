"""Signs that a service fails, detected in cases and visits, and what was done about them."""
