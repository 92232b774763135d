"""Serve the platform with granian: one process by default, several over PostgreSQL and Redis."""

from functools import partial

from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar

from trading import app
from trading.demo import cast
from trading.settings import Configuration

DEMO_PASSWORD = "sunlit-demo-2026"  # noqa: S105  printed for everybody; accounts of the demonstration only
DEMO_ACCOUNTS = (
    ("bidder", "bidder", cast.SUPPLIERS[2]),
    ("agency", "agency", cast.AGENCY_WORKS),
    ("owner", "tenderer", cast.BUILDER),
    ("regulator", "regulator", cast.REGULATOR),
    ("centre", "centre", cast.CENTRE),
)
"""Login, role and organisation of each account of the demonstration."""


def demo_accounts(configuration: Configuration) -> list[tuple[str, str, str]]:
    """Make the accounts of the demonstration where they are missing; (login, role, password) of each.

    Nothing for a platform that is not marked as a demonstration.
    """
    if not configuration.settings.site.demo:
        return []
    platform = app.build(configuration)
    accounts = app.identity(platform, configuration)
    known = {account.login for account in accounts.demo_accounts()}
    for login, role, unit in DEMO_ACCOUNTS:
        if login not in known:
            accounts.register(login, f"{unit.name} 演示用户", role, org=unit.code, password=DEMO_PASSWORD, demo=True)
    platform.engine.dispose()
    return [(login, role, DEMO_PASSWORD) for login, role, _ in DEMO_ACCOUNTS]


def application(configuration: Configuration) -> Litestar:
    """The application of one web process."""
    platform = app.build(configuration)
    return app.web(platform, configuration, embedded=configuration.settings.broker.driver == "memory")


def serve(configuration: Configuration) -> None:
    """Serve until interrupted."""
    web = configuration.settings.web
    server = Granian(
        "sunlit",
        address=web.bind,
        port=web.port,
        interface=Interfaces.ASGI,
        workers=web.workers,
        log_access=False,
    )
    server.serve(target_loader=partial(application, configuration), wrap_loader=False)
