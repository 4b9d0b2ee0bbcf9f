"""Irrigation, pumping and desalination."""
