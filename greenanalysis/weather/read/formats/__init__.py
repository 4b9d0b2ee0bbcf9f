"""Formats of weather files, one module each, stated as ``FORMAT``."""
