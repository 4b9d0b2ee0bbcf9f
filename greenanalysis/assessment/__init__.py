"""From weather to capacity factors, potential and cost."""
