"""Weather of a site written in the forms that other programs read."""
