"""From a scenario to a pypsa.Network."""
