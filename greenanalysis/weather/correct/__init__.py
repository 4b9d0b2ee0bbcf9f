"""Weather corrected by measurements, rasters and long records."""
