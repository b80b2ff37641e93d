"""What makes a plan a plan. Pure."""
