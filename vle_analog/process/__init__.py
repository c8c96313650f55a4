"""The processes, shipped or from a design kit: supply, sizes, corners and device models."""
