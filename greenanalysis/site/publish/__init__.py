"""Index, search, documentation, languages, PDF: what makes pages a site."""
