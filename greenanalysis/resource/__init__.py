"""Physics only: sun, photovoltaics, wind. Knows nothing of sources, scenarios or plots."""
