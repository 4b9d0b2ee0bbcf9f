"""Photovoltaic plants."""
