"""Many small files made durable at once, where the system can do that and says when it failed.

A file system that is synced whole writes its journal once instead of once for each file, which takes a tenth of the
time.  Linux reports a failed write to ``syncfs`` since 5.8 and a failed journal since 5.17; of the file systems here
it is known that they wait for the disk.  Others, such as those in user space, may answer without having asked it, so
there every file is synced by itself.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

SINCE = (5, 17)
WHOLE = frozenset({"ext4", "xfs"})


def _call() -> Callable[[int], int] | None:
    if sys.platform != "linux" or release(os.uname().release) < SINCE:
        return None
    found: Callable[[int], int] | None = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    return found


def release(said: str) -> tuple[int, ...]:
    """Major and minor number of a kernel release such as ``6.1.0-17-amd64``; nothing of one that has another form."""
    parts = said.partition("-")[0].split(".")[:2]
    return tuple(map(int, parts)) if len(parts) == 2 and all(part.isdecimal() for part in parts) else ()


def kind_of(device: int, mounts: str) -> str:
    """The type of the file system on a device, by the lines of ``/proc/self/mountinfo``; empty if it is not there."""
    at = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        if left.split()[2:3] == [at]:
            return right.split()[0]
    return ""


def whole(folder: Path) -> bool:
    """Whether `syncfs` makes what was written below a folder durable."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return False
    return _CALL is not None and kind_of(folder.stat().st_dev, mounts) in WHOLE


def syncfs(handle: int) -> None:
    """Sync the file system of an open file; an error of any file written since it was opened is raised.

    Raises:
        OSError: something may not be on the disk.
    """
    if _CALL is None or _CALL(handle):
        raise OSError(ctypes.get_errno(), "syncfs")


_CALL = _call()
