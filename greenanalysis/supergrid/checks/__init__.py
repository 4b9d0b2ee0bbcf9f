"""What the export model is checked against."""
