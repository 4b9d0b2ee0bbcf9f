"""Run by Alembic: the connection comes from :func:`greenanalysis.registry.store.migrate`."""

from alembic import context

from greenanalysis.registry.models import Base


def run() -> None:
    """Run the steps that the database has not seen."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if getattr(context, "_proxy", None) is not None:
    run()
