"""The fraction of chips that learns, against mismatch and area."""
