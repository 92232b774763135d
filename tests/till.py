"""A small trade for tests of the ledger: a till that takes and pays out money, with two tables of rows.

Everything a decider can have is used once: facts, blobs, a refusal, a due time, rows that come and go, a
withheld act, and an event that opens sealed streams.
"""

from hashlib import sha256

from msgspec import field
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, String

from archive.database import table
from archive.decider import Context, Decider, Head, Row
from archive.errors import Refused
from archive.values import HOUR, Instant, Message, Value

till_table = table(
    "till",
    Column("id", String(80), primary_key=True),
    Column("held", BigInteger, nullable=False),
    Column("note", String(200), nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("shut", Boolean, nullable=False),
    traced=True,
)
coin_table = table(
    "coin",
    Column("till", ForeignKey("till.id"), primary_key=True),
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
    traced=True,
)


class Take(Message, tag="till.take"):
    amount: int
    note: str = ""


class Pay(Message, tag="till.pay"):
    amount: int


class Count(Message, tag="till.count"):
    paper: str


class Hide(Message, tag="till.hide"):
    amount: int


class Show(Message, tag="till.show"):
    others: tuple[str, ...] = ()


class Rate(Message, tag="till.rate"):
    percent: int = 0
    heads: tuple[tuple[str, int, str], ...] = ()


class Taken(Message, tag="till.taken"):
    no: int
    amount: int
    note: str = ""


class Paid(Message, tag="till.paid"):
    no: int


class Counted(Message, tag="till.counted"):
    bytes: int


class Shown(Message, tag="till.shown"):
    heads: tuple[tuple[str, int, str], ...] = ()


class Till(Value):
    coins: dict[str, int] = field(default_factory=dict)
    taken: int = 0
    note: str = ""
    counted: int = 0
    last_at: Instant = 0


Command = Take | Pay | Count | Hide | Show
Event = Taken | Paid | Counted | Shown


def decide(till: Till, command: Command, ctx: Context[Rate | None]) -> tuple[Event, ...]:
    match command:
        case Take() | Hide():
            rate = ctx.facts.percent if ctx.facts is not None else 0
            amount = command.amount * (100 - rate) // 100
            if amount <= 0:
                raise Refused("till.nothing", amount=command.amount)
            return (Taken(till.taken + 1, amount, command.note if isinstance(command, Take) else ""),)
        case Pay():
            for no, amount in till.coins.items():
                if amount == command.amount:
                    return (Paid(int(no)),)
            raise Refused("till.short", asked=command.amount, held=sum(till.coins.values()))
        case Count():
            assert ctx.blob is not None
            return (Counted(len(ctx.blob(command.paper))),)
        case Show():
            return (Shown(ctx.facts.heads if ctx.facts is not None else ()),)


def evolve(till: Till, event: Event) -> Till:
    match event:
        case Taken():
            return Till(till.coins | {str(event.no): event.amount}, event.no, event.note, till.counted)
        case Paid():
            return Till({no: a for no, a in till.coins.items() if no != str(event.no)}, till.taken, till.note, till.counted)
        case Counted():
            return Till(till.coins, till.taken, till.note, event.bytes)
        case Shown():
            return till


def rows(stream: str, till: Till) -> list[Row]:
    if till.taken == 0 or stream.startswith("sealed/"):
        return []
    id, held = stream.partition("/")[2], sum(till.coins.values())
    seal = sha256(till.note.encode()).digest()[:4]
    return [
        ("till", (id,), {"held": held, "note": till.note, "seal": seal, "shut": held == 0}),
        *(("coin", (id, int(no)), {"amount": amount}) for no, amount in till.coins.items()),
    ]


def due(till: Till) -> tuple[Instant, str] | None:
    return (HOUR * till.taken, "count") if till.coins else None


TILL: Decider[Till, Command, Event, Rate | None] = Decider(
    kind="till",
    state=Till,
    commands=Command,
    events=Event,
    facts=Rate,
    initial=Till(),
    decide=decide,
    evolve=evolve,
    act=lambda command: f"till.{type(command).__name__.lower()}n",
    rows=rows,
    due=due,
    secrecy=lambda command: "sealed" if isinstance(command, Hide) else "public",
    heads=lambda event: tuple(Head(*h) for h in event.heads) if isinstance(event, Shown) else (),
)
