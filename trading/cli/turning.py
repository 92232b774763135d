"""`sunlit trace …` for the turns of a log's life: keys that rotate, policies that follow, epochs that end and begin."""

import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from trading.cli import say

if TYPE_CHECKING:
    from archive.ledger import Ledger
    from trading.settings import Configuration

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
CONFIG = click.option("--config", type=FILE, help="settings file; without it defaults")


@click.command("rotate-keys")
@click.argument("step", type=click.Choice(["start", "finish"]))
@CONFIG
def rotate_keys(step: Literal["start", "finish"], config: Path | None) -> None:
    """New keys that sign beside the old ones (start), then without them (finish).

    Between the two steps verifiers take over the policy that is printed, signed by the old key.
    """
    from archive import rotation
    from archive.keys import Keys, log_purposes
    from archive.policy import parse_policy
    from trading.app import build
    from trading.cli.serve import configuration
    from trading.outlet import policy_of

    given = configuration(config)
    platform = build(given)
    if step == "finish":
        policy = parse_policy(policy_of(given, platform.ledger)) if given.settings.log.policy else None
        rotation.finish(platform.ledger, policy)
    else:
        generations = len(platform.ledger.notary.ever) // 2
        # A start that was cut short left newer keys that the log does not state yet: those are used.
        unstated = set(platform.ledger.notary.ever[generations - 1 :: generations]) - set(platform.ledger.notary.keys)
        if not unstated and not rotation.overlaps(platform.ledger):
            Keys.create(given.data / "keys", secrets.token_bytes, log_purposes(platform.ledger.origin, generations + 1))
            platform.engine.dispose()
            platform = build(given)
        rotation.start(platform.ledger)
    platform.publishing.round()
    for key in platform.ledger.notary.keys:
        click.echo(key.text)


@click.command("signed-policy")
@CONFIG
@click.option("--policy", "policy_file", type=FILE, help="the policy file to sign; without it the one in force")
def signed_policy(config: Path | None, policy_file: Path | None) -> None:
    """Print a policy file as a note signed by the log's keys, for verifiers to accept.

    Example: sunlit trace signed-policy --policy new-policy > policy.note
    """
    from archive import rotation
    from trading.app import build
    from trading.cli.serve import configuration
    from trading.outlet import policy_of

    given = configuration(config)
    ledger = build(given).ledger
    raw = policy_file.read_bytes() if policy_file else policy_of(given, ledger)
    click.echo(rotation.signed_policy(ledger, raw).decode(), nl=False)


@click.command("accept-policy")
@click.argument("note", type=FILE)
@click.option("--policy", "policy_file", type=FILE, required=True, help="the policy file that you trust now")
def accept_policy(note: Path, policy_file: Path) -> None:
    """Print the policy of a signed NOTE when a log key that you trust already has signed it; needs no platform.

    Exit codes: 0 signed, 1 not.

    Example: sunlit trace accept-policy policy.note --policy policy.txt > policy.new
    """
    from archive import rotation
    from archive.faults import Fault
    from archive.policy import parse_policy

    try:
        click.echo(rotation.accepted(note.read_bytes(), parse_policy(policy_file.read_bytes())).decode(), nl=False)
    except Fault as fault:
        say(f"sunlit: {fault.code}: {fault.why}")
        sys.exit(1)


@click.command()
@click.argument("vkey")
@CONFIG
def revoke(vkey: str, config: Path | None) -> None:
    """Put on record, in a later epoch, that a key of an earlier one is not to be believed any more."""
    from archive import rotation
    from archive.vkeys import parse_vkey
    from trading.app import build
    from trading.cli.serve import configuration

    platform = build(configuration(config))
    rotation.revoke(platform.ledger, parse_vkey(vkey))
    platform.publishing.round()


@click.command("close-epoch")
@CONFIG
@click.confirmation_option(prompt="The log then records nothing more. Go on?")
def close_epoch(config: Path | None) -> None:
    """End this epoch of the log with its last entry, and publish it."""
    from archive import epochs
    from trading.app import build
    from trading.cli.serve import configuration

    platform = build(configuration(config))
    epochs.close(platform.ledger)
    platform.publishing.round()
    while (standing := platform.publishing.standing()).published < standing.certified:
        time.sleep(1 - time.time() % 1)  # a log with ticks publishes at the next of them
        platform.publishing.round()
    click.echo(platform.ledger.checkpoint().decode(), nl=False)


@click.command("next-epoch")
@CONFIG
@click.option("--old", type=FILE, required=True, help="settings file of the epoch before")
@click.option("--lost", help="what happened, when the old database and its openings are lost")
def next_epoch(config: Path | None, old: Path, lost: str | None) -> None:
    """Begin the next epoch: CONFIG has the same data folder, an empty database and the origin …/epoch-<k>.

    Example: sunlit trace next-epoch --config epoch-2.toml --old sunlit.toml
    """
    from archive import epochs
    from trading.cli.serve import configuration
    from trading.house import engine_of
    from trading.shelving import escrow_shelf

    before, given = configuration(old), configuration(config)
    epochs.follows(given.settings.log.origin, before.settings.log.origin)
    note = _last(before)
    new = _ledger(given, epochs.previous(note, "planned" if lost is None else "lost"))
    if lost is None:
        click.echo(f"events: {epochs.planned(engine_of(before), new, escrow_shelf(before))}")
    else:
        epochs.lost(new, lost)
    for key in new.notary.keys:
        click.echo(key.text)


def _last(before: "Configuration") -> bytes:
    """The last checkpoint that the epoch before has published."""
    from trading.shelving import public_shelf

    return b"".join(public_shelf(before).chunks("checkpoint"))


def _ledger(given: "Configuration", previous: dict[str, object]) -> "Ledger":
    from archive.keys import PURPOSES, Keys, log_purposes
    from archive.ledger import Ledger
    from trading import house
    from trading.app import system_clock
    from trading.kinds import DECIDERS

    log, random = given.settings.log, secrets.token_bytes
    keys = Keys.create(given.data / "keys", random, (*PURPOSES, *log_purposes(log.origin)))
    return Ledger(
        house.engine_of(given),
        DECIDERS,
        keys,
        house.vault_of(given),
        system_clock,
        random,
        log.origin,
        house.release(),
        log.quantum,
        log.tick,
        previous=previous,
    )


TURNING = (rotate_keys, signed_policy, accept_policy, revoke, close_epoch, next_epoch)
