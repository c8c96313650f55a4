"""What several tests share: networks, circuits, decks and independent solutions."""
