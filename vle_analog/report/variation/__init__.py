"""The report of a Monte Carlo run: its content, pictures, sentences and page."""
