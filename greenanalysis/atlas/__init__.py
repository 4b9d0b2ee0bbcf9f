"""Themes of the atlas by region (water, biomass, waste): one module and table each."""
