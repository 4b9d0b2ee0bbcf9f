"""The Silk Road Super Grid: network, corridors, solution and what it says."""
