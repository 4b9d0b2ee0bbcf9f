"""Steps from one layout of the registry to the next, run by Alembic."""
