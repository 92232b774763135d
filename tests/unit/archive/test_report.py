"""Reports: levels, caps, text that cannot harm a terminal."""

import json

from archive.faults import FAULTS, Fault
from archive.report import CAP, Report, level_of


def test_every_code_belongs_to_a_level() -> None:
    assert {level_of(code) for code in FAULTS} == {"L0", "L1", "L2", "L3"}
    assert level_of("SIG_BAD") == "L0"
    assert level_of("CHAIN_GAP") == "L1"
    assert level_of("CELL_DIFF") == "L2"
    assert level_of("DECISION_DIFF") == "L3"


def test_a_clean_report_passes_every_level() -> None:
    report = Report("pack")
    assert report.clean
    assert report.exit_code == 0
    assert report.text() == ""
    assert report.verdicts(("L0", "L1", "L2", "L3")) == dict.fromkeys(("L0", "L1", "L2", "L3"), "pass")


def test_a_flood_of_one_code_does_not_hide_another() -> None:
    report = Report("pack")
    for n in range(CAP + 5):
        report.add("BODY_MISSING", f"body/{n}", "gone")
        report.note("CHAIN_OPEN", f"entry {n}", "hidden")
    report.fault(Fault("SIG_BAD", "fails"), "checkpoint")
    assert report.counts == {"BODY_MISSING": CAP + 5, "SIG_BAD": 1}
    assert len(report.divergences) == CAP + 1
    assert len(report.notes) == CAP
    assert report.note_counts == {"CHAIN_OPEN": CAP + 5}
    assert report.lines()[-2:] == ["SIG_BAD checkpoint: fails", "BODY_MISSING …: 5 more"]
    assert report.exit_code == 1


def test_notes_alone_leave_a_report_clean() -> None:
    report = Report("pack")
    report.note("BODY_WITHHELD", "sealed", "3 bodies", 3)
    assert report.clean
    assert report.notes[0].line == "BODY_WITHHELD sealed: 3 bodies"


def test_control_characters_are_shown_escaped() -> None:
    report = Report("pack")
    report.add("FILE_EXTRA", "a\x1b[2J\n", "b\r\n评")
    (line,) = report.lines()
    assert line.isprintable()


def test_a_cell_is_named_by_table_key_and_column() -> None:
    report = Report("replay")
    report.add("CELL_DIFF", "tender (T-1).sum", "1 instead of 2", table="tender", pk="T-1", column="sum", expected="2", found="1")
    (found,) = json.loads(report.json())["divergences"]
    assert found["level"] == "L2"
    assert (found["table"], found["pk"], found["column"], found["expected"], found["found"]) == ("tender", "T-1", "sum", "2", "1")
    assert "idx" not in found
