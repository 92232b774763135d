"""A process to be killed: acts in a loop and says which entries it was told are on record."""

import sys
import time
from pathlib import Path

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
    print("ready", flush=True)
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
            print(recorded.id, flush=True)
        if n % 10 == 0:
            ledger.integrate()
            ledger.checkpoint()
