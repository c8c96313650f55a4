"""Parts of the text of a compiled circuit's kernel, below their marks."""
