"""Maps, charts, tables and styles; knows nothing of energy."""
