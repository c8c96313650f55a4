"""Tasks from the papers that are too long for a study file: each is a room with a command of its own."""
