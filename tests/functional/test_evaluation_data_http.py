"""The data of an evaluation is downloaded after the result and computed again, against the log's own receipt."""

import io

from pypdf import PdfReader

from archive.canonical import decode, encode
from archive.ledger.export import own_policy
from archive.policy import parse_policy
from experts.proof import verify_proof
from tests.functional.conftest import LOT, TENDER, House

PATH = f"/api/tenders/{TENDER}/lots/{LOT}/evaluation/data"


def test_anybody_computes_the_published_evaluation_again(reading: House) -> None:
    answer = reading.client.get(PATH)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{TENDER}.{LOT}.evaluation.json"'
    policy = parse_policy(own_policy(reading.platform.ledger.notary.keys))
    report = verify_proof(answer.content, policy)
    assert (report.holds, [c.name for c in report.checks][-1]) == (True, "log"), report.text()
    told = decode(answer.content)
    forged = verify_proof(encode({**told, "digest": "0" * 64}), policy)
    assert {c.name for c in forged.checks if c.wrong} == {"digest", "log"}


def test_the_page_leads_to_it_and_says_the_command(reading: House) -> None:
    page = reading.client.get(f"/tenders/{TENDER}/lots/{LOT}/result", headers={"Accept": "text/html"}).text
    assert PATH in page and f"sunlit verify {TENDER}.{LOT}.evaluation.json" in page


def test_before_the_result_there_is_none(shown: House) -> None:
    assert shown.client.get(PATH).json()["code"] == "evaluation.undisclosed"
    page = shown.client.get(f"/tenders/{TENDER}/lots/{LOT}/result", headers={"Accept": "text/html"}).text
    assert PATH not in page


def test_the_report_says_every_formula_and_input_in_words(reading: House) -> None:
    sha256 = reading.client.get(f"/api/tenders/{TENDER}/lots/{LOT}").json()["report_sha256"]
    pages = PdfReader(io.BytesIO(reading.platform.vault.read(sha256))).pages
    text = "".join("".join(page.extract_text() for page in pages).split())
    for words in ("各成员总分的平均值", "进入平均的各评标价的平均值×系数", "偏差率（%）", "席位1=", "每1%扣分=1.2"):
        assert words in text, words
    for foreign in ("meanof", "rate=", "formula.", "input.", "kept", "E0000"):
        assert foreign not in text, foreign
