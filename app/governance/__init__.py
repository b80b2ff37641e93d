"""Acts over many domains: redraw of areas."""
