"""Every kind of stream and its rules.

Nothing here reaches a database or a framework, so that a regulator replays decisions from a pack alone.
"""

from collections.abc import Mapping
from typing import Any

from archive.decider import Decider
from bidding import box, sealed
from experts import evaluation, expert, panel, pool
from trading import access, catalogue, glass, lifecycle, parties

DECIDERS: Mapping[str, Decider[Any, Any, Any, Any]] = {
    d.kind: d
    for d in (
        access.DECIDER,
        box.DECIDER,
        catalogue.DECIDER,
        evaluation.DECIDER,
        expert.DECIDER,
        glass.DECIDER,
        lifecycle.DECIDER,
        panel.DECIDER,
        parties.DECIDER,
        pool.DECIDER,
        sealed.DECIDER,
    )
}
"""Every kind of stream and its rules."""
