"""Weather as files hold it, read into the canonical form."""
