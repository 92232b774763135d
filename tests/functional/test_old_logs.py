"""Logs of earlier days, decided again by the rules of today: what was decided then must come out byte for byte.

Each file is the whole log of a demonstration with its sealed entries and private fields, all fictional.  A rule that
changes needs a new act or a new version of one; an old log is never taken out.  One is made, for each version, by

    sunlit demo --out demo && sunlit trace pack --config demo/sunlit.toml --everything --private VERSION.zip
"""

import zipfile
from pathlib import Path

import pytest

from archive.replay import replay
from archive.replay.packs import PackSource
from archive.verify import verify_pack
from archive.verify.files import Folder
from trading.kinds import DECIDERS

LOGS = sorted((Path(__file__).parents[1] / "golden" / "logs").glob("*.zip"))


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_a_log_of_an_earlier_version_is_decided_as_it_was(log: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(log) as packed:
        packed.extractall(tmp_path)
    report = replay(PackSource(Folder(tmp_path)), DECIDERS)
    assert [str(found) for found in report.divergences] == []
    assert report.facts["decisions"] == report.facts["entries"] - 1  # the log's own first entry is nobody's decision
    assert verify_pack(tmp_path).clean


def test_there_is_a_log_to_hold_on_to() -> None:
    assert LOGS
