"""Every kind of paper, built from the cast; run as a module to write the golden texts anew."""

from pathlib import Path

from archive.paper.layout import pages
from archive.paper.marks import Text
from archive.paper.tree import Document
from archive.paper.typeface import advance
from tests.golden.papers import cast
from trading.papers.award import candidates_notice, winner_notice
from trading.papers.clarification import clarification_notice
from trading.papers.draw import draw_proof
from trading.papers.evaluation import evaluation_report
from trading.papers.letters import letter_of_award, result_letter
from trading.papers.notice import procurement_notice, tender_notice
from trading.papers.opening import opening_record
from trading.papers.procurement import procurement_result
from trading.papers.receipt import receipt
from trading.papers.replay import replay_report

FOLDER = Path(__file__).parent


def documents() -> dict[str, Document]:
    """Name of the golden file to the paper."""
    return {
        "tender-notice": tender_notice(cast.TENDER_NOTICE),
        "procurement-notice": procurement_notice(cast.PROCUREMENT_NOTICE),
        "clarification": clarification_notice(cast.CLARIFICATION),
        "opening-record": opening_record(cast.OPENING),
        "opening-not-opened": opening_record(cast.NOT_OPENED),
        "evaluation-report": evaluation_report(cast.EVALUATION),
        "candidates": candidates_notice(cast.CANDIDATES),
        "winner": winner_notice(cast.WINNER),
        "procurement-result": procurement_result(cast.PROCUREMENT_RESULT),
        "letter-of-award": letter_of_award(cast.LETTER),
        "result-letter": result_letter(cast.LOSER),
        "receipt": receipt(cast.RECEIPT),
        "draw-proof": draw_proof(cast.DRAW),
        "replay-report": replay_report(cast.REPLAY),
    }


def text(document: Document) -> str:
    """Every line as it is set, in reading order, pages apart; a cell's lines follow each other."""
    laid = ("\n".join(mark.text for mark in page.marks if isinstance(mark, Text)) for page in pages(document, advance))
    return "\n\n— — —\n\n".join(laid) + "\n"


if __name__ == "__main__":
    for name, document in documents().items():
        (FOLDER / f"{name}.txt").write_text(text(document), encoding="utf-8")
