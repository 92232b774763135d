"""A process to be killed: acts in a loop and says which entries it was told are on record."""

import sys
import time
from pathlib import Path
from threading import Thread

from archive.database import engine
from archive.errors import Refused
from archive.shelves import Folder
from archive.values import Actor
from archive.vault import Vault
from tests.conftest import till_ledger
from tests.till import Pay, Take

if __name__ == "__main__":
    url, folder, me = sys.argv[1:]
    vault = Vault(Folder(Path(folder) / "vault"))
    ledger = till_ledger(engine(url), vault, lambda: time.time_ns() // 1000, seed=int(me))
    actor = Actor(id=f"u-{me}", kind="user")

    def say(id: str) -> None:
        sys.stdout.write(f"{id}\n")
        sys.stdout.flush()

    def together(one: int) -> None:
        """Acts beside others, so that a COMMIT holds several."""
        while True:
            say(ledger.act(f"till/{one}", Take(1), actor=actor).id)

    say("ready")
    for one in range(3):
        Thread(target=together, args=(one,), daemon=True).start()
    n = 0
    while True:
        n += 1
        try:
            if n % 5 == 0:
                ledger.act(f"till/{n % 3}", Pay(999_999), actor=actor)
            with ledger.begin(actor=actor, write={f"till/{n % 3}", f"till/m{me}"}, key=f"{me}-{time.time_ns()}") as tx:
                tx.act(f"till/{n % 3}", Take(n))
                tx.act(f"till/m{me}", Take(n))
                tx.post("notice", n=n)
        except Refused:
            continue
        for recorded in tx.recorded:
            say(recorded.id)
        if n % 10 == 0:
            ledger.integrate()
            ledger.checkpoint()
