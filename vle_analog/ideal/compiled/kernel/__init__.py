"""Parts of the kernels' texts that hold for every law set: read as text, joined to a sweep, and compiled.

Each file has a line `# --- kernel ---`; what follows it is the text.
"""
