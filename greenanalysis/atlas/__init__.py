"""Water, biomass and waste by region: one table of sourced quantities a theme."""
