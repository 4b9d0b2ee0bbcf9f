"""What the model says against what was measured or published: checks, tolerances, the record."""
