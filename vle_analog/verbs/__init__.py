"""The verbs of the kit, one per file: each computes, writes a result folder, and returns a summary."""
