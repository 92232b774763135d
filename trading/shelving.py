"""The shelves that the settings name: the vault's, the published log's and escrow's, each a folder or a bucket."""

from datetime import timedelta
from typing import Literal

from obstore.store import S3Store

from archive.keys import epoch_of
from archive.shelves import Bucket, Folder, Shelf
from trading import settings
from trading.settings import Configuration


def vault_shelf(configuration: Configuration) -> Shelf:
    """Where content-addressed files are."""
    wanted = configuration.settings.vault
    if wanted.driver == "directory":
        return Folder(configuration.data / "vault")
    return _bucket(configuration, "s3", wanted, wanted.prefix)


def public_shelf(configuration: Configuration) -> Shelf:
    """Where the published log is, to be served by any web server; a later epoch has a folder of its own in it."""
    return _of_log(configuration, "public")


def escrow_shelf(configuration: Configuration) -> Shelf:
    """Where the log is with every opening, for nobody but escrow; likewise."""
    return _of_log(configuration, "escrow")


def _of_log(configuration: Configuration, name: Literal["public", "escrow"]) -> Shelf:
    log = configuration.settings.log
    epoch = epoch_of(log.origin)
    inside = f"epoch-{epoch}" if epoch > 1 else ""
    wanted: settings.Shelf = getattr(configuration.settings, name)
    if wanted.driver == "directory":
        return Folder(configuration.home / (getattr(log, name) or configuration.data / name) / inside)
    return _bucket(configuration, name, wanted, "/".join(part for part in (wanted.prefix, inside) if part))


def _bucket(configuration: Configuration, name: str, wanted: settings.Shelf, prefix: str) -> Bucket:
    def secret(half: str) -> str:
        return configuration.secret(f"{name}_{half}") or configuration.secret(f"s3_{half}")

    return Bucket(
        S3Store(
            wanted.bucket,
            prefix=prefix or None,
            endpoint=wanted.endpoint,
            region=wanted.region,
            access_key_id=secret("access_key_id"),
            secret_access_key=secret("secret_access_key"),
            client_options={
                "connect_timeout": "5s",
                "timeout": "600s",
                "allow_http": wanted.endpoint.startswith("http://"),  # a store on this machine or in its own network
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )
    )
