"""Networks, circuits, decks and independent solutions that several tests share."""
