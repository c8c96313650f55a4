"""How chips differ from each other, what comes of it, and how sure that is."""
