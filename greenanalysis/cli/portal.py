"""``greenanalysis portal`` and ``greenanalysis serve``: the reporting cycle and its server."""

from __future__ import annotations

import csv
import datetime as dt
import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session

from greenanalysis.cli.registry import REGISTRY, registry
from greenanalysis.core.errors import InputError, input_error, refusing

DAY = click.DateTime(formats=["%Y-%m-%d"])
T = TypeVar("T")


@click.group()
def portal() -> None:
    """The reporting cycle: invitations, campaigns, who must report, accounts."""


def _write(address: str | None, work: Callable[[Session], T]) -> T:
    from greenanalysis.registry import store

    engine = store.open_engine(store.registry_url(address))
    try:
        with store.write_session(engine) as session:
            return work(session)
    finally:
        engine.dispose()


def _enterprise(session: Session, number: str, name: str, region: str) -> Any:
    from greenanalysis.geo.regions import region_code
    from greenanalysis.portal import cycle

    code = region_code(region) if region else ""
    return cycle.known_enterprise(session, number, name, code, who=getpass.getuser())


@portal.command()
@REGISTRY
@click.option(
    "--role",
    required=True,
    type=click.Choice(["reporter", "regional_reviewer", "national_reviewer", "publisher"]),
)
@click.option("--bin", "number", default="", help="Business number of a reporter's enterprise.")
@click.option("--name", default="", help="Name of the enterprise, if the registry has none.")
@click.option("--region", default="", help="Of a regional reviewer, or of a new enterprise.")
def invite(address: str | None, role: str, number: str, name: str, region: str) -> None:
    """Make an invitation and print its link, which works once, for 14 days."""
    from greenanalysis.geo.regions import region_code
    from greenanalysis.portal import access

    def work(session: Session) -> str:
        enterprise = _enterprise(session, number, name, region).id if role == "reporter" else None
        reach = region_code(region) if role == "regional_reviewer" and region else None
        return access.invite(
            session, role, who=getpass.getuser(), enterprise=enterprise, region=reach
        )

    click.echo(f"/ru/invitation/{_write(address, work)}")


@portal.command()
@click.argument("code")
@REGISTRY
@click.option("--period", nargs=2, type=DAY, required=True, help="First and last day reported on.")
@click.option("--open", "days", nargs=2, type=DAY, required=True, help="First and last day.")
def campaign(
    code: str,
    address: str | None,
    period: tuple[dt.datetime, dt.datetime],
    days: tuple[dt.datetime, dt.datetime],
) -> None:
    """Open campaign CODE, such as 2025 or 2025-Q3; days are days in Kazakhstan."""
    from greenanalysis.portal import cycle

    dates = [day.date() for day in (*period, *days)]
    who = getpass.getuser()
    _write(address, lambda session: cycle.open_campaign(session, code, *dates, who=who))
    click.echo(f"campaign {code}: open {dates[2]} to {dates[3]}")


def _campaign(session: Session, code: str) -> Any:
    from sqlalchemy import select

    from greenanalysis.portal.models import Campaign

    row = session.scalar(select(Campaign).where(Campaign.code == code))
    if row is None:
        raise InputError(f"there is no campaign {code!r}")
    return row


@portal.command()
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@REGISTRY
@click.option("--reason", required=True, help="Such as the list that the enterprises stand in.")
def oblige(code: str, file: Path, address: str | None, reason: str) -> None:
    """Say that the enterprises of FILE (CSV: bin,name,region) must report in campaign CODE."""
    from greenanalysis.portal import cycle

    with refusing(f"{file} cannot be read"), file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or "bin" not in rows[0]:
        raise input_error("columns", where=str(file), allowed="bin,name,region", got=rows[:1])

    def work(session: Session) -> int:
        keys = [
            _enterprise(session, row["bin"], row.get("name") or "", row.get("region") or "").id
            for row in rows
        ]
        number = _campaign(session, code).id
        return cycle.oblige(session, number, keys, reason, who=getpass.getuser())

    click.echo(f"{_write(address, work)} of {len(rows)} enterprises added to campaign {code}")


@portal.command()
@click.argument("code")
@click.argument("number")
@click.argument("day", type=DAY)
@REGISTRY
def extend(code: str, number: str, day: dt.datetime, address: str | None) -> None:
    """Give the enterprise of BIN NUMBER until DAY to report in campaign CODE."""
    from greenanalysis.portal import cycle

    _write(
        address,
        lambda session: cycle.extend(
            session, _campaign(session, code).id, number, day.date(), who=getpass.getuser()
        ),
    )
    click.echo(f"{number} may report in campaign {code} until {day.date()}")


@portal.command()
@click.argument("quantity")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.argument("value", type=float)
@REGISTRY
@click.option("--source", required=True, help="The document that sets the target.")
def target(quantity: str, year: int, value: float, address: str | None, source: str) -> None:
    """Set a target of QUANTITY (base unit) for YEAR that the dashboard draws."""
    from greenanalysis.portal import cycle

    _write(
        address,
        lambda session: cycle.set_target(
            session, quantity, year, value, source, who=getpass.getuser()
        ),
    )
    click.echo(f"target of {year}: {quantity} {value:g}")


@portal.command()
@click.argument("login")
@REGISTRY
@click.option("--erase", is_flag=True, help="Erase name and login as well.")
def close(login: str, address: str | None, erase: bool) -> None:
    """End the account of LOGIN, its sessions and tokens."""
    from greenanalysis.portal import access

    _write(address, lambda session: access.close_account(session, login, erase=erase))
    click.echo(f"account {login} {'erased' if erase else 'closed'}")


@portal.command()
@click.argument("login")
@REGISTRY
def password(login: str, address: str | None) -> None:
    """Give LOGIN a new random password, print it once, and end all sessions."""
    from greenanalysis.portal import access

    new = _write(address, lambda session: access.reset_password(session, login))
    click.echo(new)


@registry.command()
@REGISTRY
@click.option("--enterprises", default=1000, show_default=True, type=click.IntRange(1, 90_000))
@click.option("--remove", is_flag=True, help="Take the whole set out.")
def demo(address: str | None, enterprises: int, remove: bool) -> None:
    """Add a synthetic demonstration set: three campaigns of enterprises that do not exist."""
    from greenanalysis.portal import demo as synthetic

    if remove:
        click.echo(f"{_write(address, synthetic.remove)} synthetic rows taken out")
        return
    counts = _write(address, lambda session: synthetic.add(session, enterprises))
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"SYNTHETIC, kept apart from real rows: {said}")


@click.command()
@REGISTRY
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="Folder of the published site.  [default: reports]",
)
@click.option("--name", "names", multiple=True, help="Further name by which viewers call it.")
@click.option(
    "--proxies",
    default="127.0.0.1",
    show_default=True,
    help="Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed.",
)
def serve(
    address: str | None,
    host: str,
    port: int,
    site: Path | None,
    names: tuple[str, ...],
    proxies: str,
) -> None:
    """Serve the portal of the registry: dashboard, reporting, interface, published site."""
    from greenanalysis.core.paths import reports_dir
    from greenanalysis.portal.server import log_to_stderr, make_server
    from greenanalysis.registry import store

    url = store.registry_url(address)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise InputError(f"there is no registry {url.database} yet: greenanalysis registry init")
    server = make_server(
        url, site or reports_dir(), host=host, port=port, names=names, proxies=proxies
    )
    log_to_stderr()
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"portal: http://{shown}:{port}/  (Ctrl-C ends it)")
    server.run()
    if not server.started:
        raise InputError(f"cannot listen on {shown}:{port}")
