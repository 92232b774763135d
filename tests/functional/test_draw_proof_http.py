"""The proof of a draw is there for everybody once the committee is disclosed."""

from archive.ledger.export import own_policy
from archive.policy import parse_policy
from experts.proof import verify_proof
from tests.functional.conftest import LOT, TENDER, House

PATH = f"/api/tenders/{TENDER}/lots/{LOT}/draw/proof"


def test_the_file_that_anybody_downloads_holds_with_the_logs_receipts(reading: House) -> None:
    answer = reading.client.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{TENDER}.{LOT}.draw.json"'
    report = verify_proof(answer.content, parse_policy(own_policy(reading.platform.ledger.notary.keys)))
    assert (report.holds, [c.name for c in report.checks][-1]) == (True, "log")


def test_before_there_is_a_draw_there_is_no_proof(before: House) -> None:
    assert before.client.get(PATH).json()["code"] == "draw.undisclosed"
