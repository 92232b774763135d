"""The witness as a service of its own: configuration, HTTP, and a look at what the followed logs publish.

A witness lives in one directory and needs nothing of the platform that it watches::

    witness.toml    name = "witness.example/w1", bind, port, look_seconds
    logs            whom it watches, in the form of a policy file: log <vkey> [url]
    keys/           two seeds, one for each type of cosignature
    witness.db      what it has seen

A log with a url is *followed*: its ``checkpoint`` is fetched every ``look_seconds``, compared with what was
cosigned, and only what it shows itself is shown on (trace-log 1.6).
"""

import asyncio
import logging
import time
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

import msgspec
from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar, Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Meta, Struct

from archive.cosigning import addresses
from archive.errors import Busy, Invalid, SunlitError
from archive.faults import Fault
from archive.keys import WITNESS_ED25519, WITNESS_MLDSA44, Keys
from archive.notes import MAX_BYTES as MAX_NOTE
from archive.policy import parse_policy
from archive.values import Instant
from archive.vkeys import Key
from archive.wire import get as fetch
from archive.witness import Witness
from archive.witnessing import MAX_REQUEST, TEXT, Answer

LOGGER = logging.getLogger("sunlit.witness")
PURPOSES = (WITNESS_ED25519, WITNESS_MLDSA44)
PATIENCE = 10  # seconds for a whole request to arrive

_NOBODY = "# Whom this witness watches, a line each:\n# log <vkey> [url]\nquorum none\n"


class WitnessSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in ``witness.toml``."""

    name: Annotated[str, Meta(pattern=r"^[^\s+]{1,200}$", description="the witness's name in its cosignatures, for ever")]
    bind: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535, description="port to listen on")] = 8351
    look_seconds: Annotated[int, Meta(ge=1, le=3600, description="pause between two looks at what followed logs publish")] = 30


def create(directory: Path, name: str, random: Callable[[int], bytes]) -> WitnessSettings:
    """Make a witness's directory, or what is missing of it; its name never changes.

    Raises:
        Invalid: ``witness.settings``; ``witness.name`` when it bears another name already.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "witness.toml"
    if not file.exists():
        file.write_text(f'name = {msgspec.json.encode(name).decode()}\nbind = "127.0.0.1"\nport = 8351\n', "utf-8")
    settings = read(directory)
    if settings.name != name:
        raise Invalid("witness.name", name=name, has=settings.name)
    if not (directory / "logs").exists():
        (directory / "logs").write_text(_NOBODY, "utf-8")
    Keys.create(directory / "keys", random, PURPOSES)
    return settings


def read(directory: Path) -> WitnessSettings:
    """The settings of a witness.

    Raises:
        Invalid: ``witness.settings`` when the file is absent or not as described.
    """
    try:
        return msgspec.convert(tomllib.loads((directory / "witness.toml").read_text("utf-8")), WitnessSettings)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as e:
        raise Invalid("witness.settings", file=str(directory / "witness.toml"), why=str(e)) from None


def watched(directory: Path) -> tuple[dict[str, list[Key]], dict[str, str]]:
    """The trusted keys of each log by its origin, and the urls of those that have one.

    Raises:
        Fault: ``POLICY_BAD``.
    """
    raw = (directory / "logs").read_bytes()
    logs: dict[str, list[Key]] = {}
    for key in parse_policy(raw).logs:
        logs.setdefault(key.name, []).append(key)
    urls = {key.name: url for key, url in addresses(raw).items() if key.name in logs}
    return logs, urls


def system_clock() -> Instant:
    """The machine's clock, in microseconds UTC."""
    return time.time_ns() // 1000


def build(directory: Path, clock: Callable[[], Instant] = system_clock) -> tuple[Witness, dict[str, str]]:
    """The witness that lives in a directory, and the urls that it follows."""
    logs, urls = watched(directory)
    signers = Keys.open(directory / "keys").witness(read(directory).name)
    return Witness(directory / "witness.db", logs, signers, clock, frozenset(urls)), urls


def look(witness: Witness, urls: Mapping[str, str]) -> list[str]:
    """See what each followed log publishes; one line for each that is silent, unsound or forked."""
    said = []
    for origin, url in urls.items():
        try:
            reply = fetch(f"{url.rstrip('/')}/checkpoint", limit=MAX_NOTE, timeout=PATIENCE)
            if reply.status != 200:
                raise Busy("wire.silent", url=url, why=f"status {reply.status}")
            witness.saw_published(reply.body)
        except Fault as e:
            said.append(f"{e.code} {origin}: {e.why}")
        except SunlitError as e:
            said.append(f"{origin}: {e}")
    return said


@post("/add-checkpoint", status_code=200, include_in_schema=False)
async def add_checkpoint(request: Request[Any, Any, Any], witness: NamedDependency[Witness]) -> Response[str]:
    """Cosign a checkpoint that extends the last one (C2SP tlog-witness)."""
    raw = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for piece in request.stream():
                raw += piece
                if len(raw) > MAX_REQUEST:  # what remains is refused as too long whatever it is
                    break
    except TimeoutError:
        return _answered(Answer(408, TEXT, "the request took too long to arrive\n"))
    return _answered(await sync_to_thread(witness.add_checkpoint, bytes(raw)))


@get("/{origin_hash:str}/checkpoint", sync_to_thread=True, include_in_schema=False)
def last(origin_hash: FromPath[str], witness: NamedDependency[Witness]) -> Response[str]:
    """The last cosigned checkpoint of a log, by the SHA-256 of its origin in hex."""
    note = witness.last(f"{origin_hash}/checkpoint")
    return _answered(Answer(404, TEXT, "none\n") if note is None else Answer(200, TEXT, note))


@get("/", sync_to_thread=True, include_in_schema=False)
def about(witness: NamedDependency[Witness]) -> Response[str]:
    """Its verifier keys, a line each."""
    return _answered(Answer(200, TEXT, "".join(f"{vkey}\n" for vkey in witness.vkeys)))


def _answered(answer: Answer) -> Response[str]:
    headers = {"Content-Type": answer.type, "Cache-Control": "no-store"}
    return Response(answer.body, status_code=answer.status, media_type=answer.type, headers=headers)


def application(witness: Witness, urls: Mapping[str, str] | None = None, pause: float = 30.0) -> Litestar:
    """The service over a witness; it looks at the followed logs for as long as it is up."""
    over = Event()

    def looking() -> None:
        while not over.wait(pause):
            for line in look(witness, urls or {}):
                LOGGER.warning("%s", line)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        thread = Thread(target=looking, name="looking", daemon=True)
        if urls:
            thread.start()
        try:
            yield
        finally:
            over.set()

    handlers: Sequence[Any] = (add_checkpoint, last, about)
    return Litestar(
        route_handlers=handlers,
        dependencies={"witness": Provide(lambda: witness, sync_to_thread=False)},
        request_max_body_size=None,
        openapi_config=None,
        lifespan=[lifespan],
        state=State({"witness": witness}),
        logging_config=None,
    )


def _of(directory: Path) -> Litestar:
    witness, urls = build(directory)
    return application(witness, urls, read(directory).look_seconds)


def serve(directory: Path) -> None:
    """Serve the witness of a directory until interrupted.

    Raises:
        Invalid, Fault, Missing: the directory is not a witness's; said before anything listens.
    """
    settings = read(directory)
    build(directory)
    server = Granian("witness", address=settings.bind, port=settings.port, interface=Interfaces.ASGI, websockets=False)
    server.serve(target_loader=partial(_of, directory), wrap_loader=False)
