"""Solving networks, one or many."""
