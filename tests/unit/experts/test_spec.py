"""SPEC.md names every refusal of this floor, and no other."""

import re
from pathlib import Path

from experts import evaluation, expert, methods, panel, pool

SPEC = (Path(panel.__file__).parents[1] / "SPEC.md").read_text("utf-8")


def test_every_refusal_with_a_law_stands_in_the_spec_and_the_spec_names_no_other() -> None:
    codes = {code for module in (panel, pool, expert, evaluation, methods) for code in module.LAW}
    table = SPEC[SPEC.index("## 13.") : SPEC.index("## 14.")]
    assert set(re.findall(r"`([a-z]+\.[a-z.-]+)`", table)) == codes
