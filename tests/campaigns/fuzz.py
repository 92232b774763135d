"""Every property and every state machine again and again with fresh seeds: ``python -m tests.campaigns.fuzz [SECONDS]``.

One run of the tests tries each property some hundred times with the same seed; this goes on for so many seconds (600) with
another seed each round.  Stops at the first failure, with exit 1 and the command that repeats it.
"""

import secrets
import subprocess
import sys
import time

PLACES = ("tests/property", "tests/functional/test_journey_machine.py")


def main(seconds: int) -> int:
    """Rounds until the time is up; 0 when nothing ever failed."""
    ends, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        seed = secrets.randbits(32)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", f"--hypothesis-seed={seed}", *PLACES]
        if subprocess.run(command, check=False).returncode:
            print(f"fuzz: failed in round {rounds + 1}; to repeat: {' '.join(['python', *command[1:]])}", flush=True)
            return 1
        rounds += 1
        print(f"fuzz: round {rounds}, seed {seed}: sound", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 600))
