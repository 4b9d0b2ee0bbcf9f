"""Wind farms."""
