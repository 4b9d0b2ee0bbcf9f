"""Charts, maps and tables of the pages; they know nothing of energy."""
