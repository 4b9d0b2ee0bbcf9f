"""Renewable resources and green-electricity export of Kazakhstan."""

__version__ = "0.1.0"
