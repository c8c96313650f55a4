"""The experiments behind the pages of results; the package does not depend on them."""
