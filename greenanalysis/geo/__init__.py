"""The country, its regions, boundaries, grids and land."""
