"""What a study consists of: variants and their names, the grid that makes them, and what cannot be."""
