"""Notebooks run by papermill and published as a site that needs no network."""
