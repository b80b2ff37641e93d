"""What the field apps ask for."""
