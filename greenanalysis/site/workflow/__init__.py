"""The list of pages and the build of the site."""
