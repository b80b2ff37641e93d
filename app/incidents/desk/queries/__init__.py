"""SQL of the supervisor's desk."""
