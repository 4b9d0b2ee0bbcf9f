"""Kazakhstan, its regions, boundaries, grids and land."""
