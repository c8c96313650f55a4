"""Tasks from the papers that exceed a study file; each is a package with its own command."""
