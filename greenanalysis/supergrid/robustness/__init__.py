"""How much depends on one optimum: alternatives, failures, prices, later years."""
