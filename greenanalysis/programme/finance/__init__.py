"""Who pays for a measure: break-even, packages of lenders, years."""
