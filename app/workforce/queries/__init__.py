"""SQL of the workforce, one function per question."""
