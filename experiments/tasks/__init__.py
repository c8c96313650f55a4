"""The tasks of the papers, with the published numbers beside ours."""
