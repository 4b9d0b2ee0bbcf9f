"""Biomass, biogas and waste."""
