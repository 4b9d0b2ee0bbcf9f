"""Parts of the page of a project: figures, tables, map, files, the sheet of a credit committee."""
