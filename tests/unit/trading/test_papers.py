"""Each paper says what its article demands, and refuses to be printed without it."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from archive.errors import Invalid
from archive.paper.layout import pages
from archive.paper.marks import Text
from archive.paper.press import pdf
from archive.paper.tree import Document
from archive.paper.typeface import advance
from archive.values import Money
from tests.golden.papers import cast
from tests.golden.papers.every import FOLDER, documents, text
from trading.papers.award import candidates_notice, winner_notice
from trading.papers.clarification import clarification_notice
from trading.papers.draw import draw_proof
from trading.papers.evaluation import evaluation_report
from trading.papers.evaluation_values import Marks, Signature
from trading.papers.letters import letter_of_award, result_letter
from trading.papers.notice import procurement_notice, tender_notice
from trading.papers.opening import VERDICTS, OpenedBid, Verdict, opening_record
from trading.papers.parts import Party
from trading.papers.procurement import procurement_result
from trading.papers.receipt import receipt
from trading.papers.replay import replay_report

NAMES = sorted(documents())
Builder = Callable[[Any], Document]


def said(document: Document) -> str:
    """All text of a paper in one piece, line breaks inside cells gone."""
    return "".join(mark.text for page in pages(document, advance) for mark in page.marks if isinstance(mark, Text))


@pytest.mark.parametrize("name", NAMES)
def test_a_paper_reads_as_it_was_approved(name: str) -> None:
    assert text(documents()[name]) == (FOLDER / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_line_can_be_taken_out_of_the_printed_file(name: str) -> None:
    paper = documents()[name]
    reader = PdfReader(BytesIO(pdf(paper)))
    for page, laid in zip(reader.pages, pages(paper, advance), strict=True):
        found = "".join(page.extract_text().split())
        for mark in laid.marks:
            if isinstance(mark, Text):
                assert "".join(mark.text.split()) in found


@pytest.mark.parametrize("name", NAMES)
def test_a_paper_says_after_which_articles_it_is_designed_and_claims_no_certificate(name: str) -> None:
    words = said(documents()[name])
    assert "本文件内容按《" in words
    assert words.count("设计。") == 1
    assert not any(claim in words for claim in ("通过检测", "通过认证", "密评", "等保", "国家认证"))


PARTY = cast.OWNER
REQUIRED: list[tuple[Builder, Any, dict[str, Any], str]] = [
    (tender_notice, cast.TENDER_NOTICE, {"project": ""}, "项目名称"),
    (tender_notice, cast.TENDER_NOTICE, {"content": ""}, "招标项目内容"),
    (tender_notice, cast.TENDER_NOTICE, {"scope": ""}, "招标范围"),
    (tender_notice, cast.TENDER_NOTICE, {"scale": ""}, "规模"),
    (tender_notice, cast.TENDER_NOTICE, {"funding": ""}, "资金来源"),
    (tender_notice, cast.TENDER_NOTICE, {"qualification": ()}, "投标资格能力要求"),
    (tender_notice, cast.TENDER_NOTICE, {"consortium": None}, "是否接受联合体投标"),
    (tender_notice, cast.TENDER_NOTICE, {"documents_how": ""}, "获取招标文件的方式"),
    (tender_notice, cast.TENDER_NOTICE, {"submit_how": ""}, "递交投标文件的方式"),
    (tender_notice, cast.TENDER_NOTICE, {"tenderer": replace(PARTY, name="")}, "招标人名称"),
    (tender_notice, cast.TENDER_NOTICE, {"tenderer": replace(PARTY, address="")}, "招标人地址"),
    (tender_notice, cast.TENDER_NOTICE, {"tenderer": replace(PARTY, contact="")}, "招标人联系人"),
    (tender_notice, cast.TENDER_NOTICE, {"tenderer": replace(PARTY, phone="")}, "招标人联系方式"),
    (tender_notice, cast.TENDER_NOTICE, {"agency": Party("代理")}, "招标代理机构地址"),
    (tender_notice, cast.TENDER_NOTICE, {"platform_url": ""}, "电子招标投标交易平台的网址"),
    (tender_notice, cast.TENDER_NOTICE, {"platform_how": ""}, "参与投标的方法"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"budget": Money(0)}, "采购项目预算金额"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"need": ""}, "采购人的采购需求"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"qualification": ()}, "投标人的资格要求"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"documents_place": ""}, "获取招标文件的地点"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"notice_days": ""}, "公告期限"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"opening_place": ""}, "开标地点"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"contact": ""}, "采购项目联系人姓名"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"contact_phone": ""}, "采购项目联系人电话"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"buyer": Party("甲")}, "采购人地址"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"agency": Party("甲")}, "采购代理机构地址"),
    (procurement_notice, cast.PROCUREMENT_NOTICE, {"platform_url": ""}, "电子招标投标交易平台的网址"),
    (clarification_notice, cast.CLARIFICATION, {"original_number": ""}, "原公告编号"),
    (clarification_notice, cast.CLARIFICATION, {"original_title": ""}, "原公告名称"),
    (clarification_notice, cast.CLARIFICATION, {"reason": ""}, "原因"),
    (clarification_notice, cast.CLARIFICATION, {"changes": ()}, "更正（澄清）事项"),
    (clarification_notice, cast.CLARIFICATION, {"kind": "extension", "deadline": None}, "新的投标截止时间"),
    (clarification_notice, cast.CLARIFICATION, {"kind": "termination"}, "费用与保证金退还"),
    (clarification_notice, cast.CLARIFICATION, {"kind": "failure"}, "后续安排"),
    (opening_record, cast.OPENING, {"place": ""}, "开标地点"),
    (opening_record, cast.OPENING, {"host": ""}, "主持人"),
    (opening_record, cast.OPENING, {"closing_list": ""}, "截标清单摘要"),
    (opening_record, cast.OPENING, {"received": 6}, "每份投标文件的开标情况"),
    (evaluation_report, cast.EVALUATION, {"media": ""}, "招标公告刊登的媒体名称"),
    (evaluation_report, cast.EVALUATION, {"committee": ()}, "评标委员会成员名单"),
    (evaluation_report, cast.EVALUATION, {"draw": replace(cast.EVALUATION.draw, proof="")}, "专家抽取证明编号"),
    (evaluation_report, cast.EVALUATION, {"method": ""}, "评标方法和标准"),
    (evaluation_report, cast.EVALUATION, {"votes": ()}, "资格性、符合性审查结论"),
    (evaluation_report, cast.EVALUATION, {"inputs": ""}, "计算输入摘要"),
    (evaluation_report, cast.EVALUATION, {"candidates": ()}, "中标候选人名单或者不推荐的原因"),
    (evaluation_report, cast.EVALUATION, {"rejections": ()}, f"{cast.BIDDERS[3]}的评审结果"),
    (evaluation_report, cast.EVALUATION, {"signatures": cast.EVALUATION.signatures[1:]}, "段某鋆的签署情况"),
    (candidates_notice, cast.CANDIDATES, {"candidates": ()}, "中标候选人"),
    (candidates_notice, cast.CANDIDATES, {"objection_to": ""}, "提出异议的渠道"),
    (candidates_notice, cast.CANDIDATES, {"objection_how": ""}, "提出异议的方式"),
    (winner_notice, cast.WINNER, {"winner": ""}, "中标人名称"),
    (procurement_result, cast.PROCUREMENT_RESULT, {"winner_address": ""}, "中标人地址"),
    (procurement_result, cast.PROCUREMENT_RESULT, {"goods": ()}, "主要中标标的"),
    (procurement_result, cast.PROCUREMENT_RESULT, {"notice_days": ""}, "中标公告期限"),
    (procurement_result, cast.PROCUREMENT_RESULT, {"experts": ()}, "评审专家名单"),
    (procurement_result, cast.PROCUREMENT_RESULT, {"document": ""}, "随中标结果同时公告的招标文件"),
    (letter_of_award, cast.LETTER, {"term": ""}, "工期（交货期）"),
    (letter_of_award, cast.LETTER, {"sign_at": ""}, "签订合同的地点"),
    (result_letter, cast.LOSER, {"own_score": ""}, "大理演示网络工程有限公司本人的评审得分"),
    (result_letter, cast.LOSER, {"own_rank": None}, "大理演示网络工程有限公司本人的排序"),
    (receipt, cast.RECEIPT, {"files": ()}, "文件名、大小和密文摘要"),
    (receipt, cast.RECEIPT, {"signature": ""}, "平台签名"),
    (receipt, cast.RECEIPT, {"envelope": ""}, "信封摘要"),
    (draw_proof, cast.DRAW, {"seed": ""}, "随机种子"),
    (draw_proof, cast.DRAW, {"contributions": ()}, "各方随机数"),
    (draw_proof, cast.DRAW, {"digest": ""}, "完整证明文件的摘要"),
    (replay_report, cast.REPLAY, {"root": ""}, "日志根摘要"),
    (replay_report, cast.REPLAY, {"software_digest": ""}, "软件摘要"),
    (replay_report, cast.REPLAY, {"levels": ()}, "各级复核结论"),
    (replay_report, cast.REPLAY, {"divergences": ()}, "全部差异或者分类计数"),
    (replay_report, cast.REPLAY, {"inspector": ""}, "复核人"),
]


@pytest.mark.parametrize(("build", "value", "change", "item"), REQUIRED, ids=[f"{b.__name__}-{i}" for b, _, _, i in REQUIRED])
def test_a_paper_without_a_required_content_is_not_printed(build: Builder, value: Any, change: dict[str, Any], item: str) -> None:
    with pytest.raises(Invalid) as refused:
        build(replace(value, **change))
    assert refused.value.code == "paper.missing"
    assert refused.value.params["item"] == item
    assert "《" in refused.value.params["article"]


@pytest.mark.parametrize(
    "field", ["name", "quality", "term", "evaluation", "manager", "certificate", "certificate_number", "qualification"]
)
def test_a_candidate_is_published_with_everything_that_order_10_lists(field: str) -> None:
    first, *others = cast.CANDIDATES.candidates
    with pytest.raises(Invalid, match=r"paper\.missing"):
        candidates_notice(replace(cast.CANDIDATES, candidates=(replace(first, **{field: ""}), *others)))


SHORT: list[tuple[Builder, Any, dict[str, Any], str]] = [
    (
        tender_notice,
        cast.TENDER_NOTICE,
        {"agency": None, "supervisor": None, "lots": (), "others": (), "approval": ""},
        "招标代理机构",
    ),
    (tender_notice, cast.TENDER_NOTICE, {"media": (), "method": "", "place": ""}, "评标办法"),
    (tender_notice, cast.TENDER_NOTICE, {"tenderer": replace(PARTY, code=""), "agency": None}, "统一社会信用代码"),
    (
        procurement_notice,
        cast.PROCUREMENT_NOTICE,
        {"agency": None, "consortium": None, "policies": (), "ceiling": None},
        "联合体",
    ),
    (clarification_notice, cast.CLARIFICATION, {"agency": None, "deadline": None, "deadline_before": None}, "现投标截止时间"),
    (candidates_notice, cast.CANDIDATES, {"agency": None, "supervisor": None, "others": (), "opened_at": None}, "行政监督部门"),
    (
        winner_notice,
        cast.WINNER,
        {"agency": None, "term": "", "quality": "", "manager": "", "candidates_number": ""},
        "项目负责人",
    ),
    (procurement_result, cast.PROCUREMENT_RESULT, {"agency": None, "score": "", "rejected": ()}, "评审总得分"),
    (letter_of_award, cast.LETTER, {"bond": None, "scope": "", "quality": "", "manager_certificate": ""}, "履约担保"),
    (result_letter, cast.LOSER, {"remedy": "", "procurement": False, "own_score": "", "own_rank": None}, "质疑"),
    (evaluation_report, cast.EVALUATION, {"archive": (), "before_contract": ()}, "归档文件"),
    (receipt, cast.RECEIPT, {"replaces": ""}, "替换的信封"),
    (replay_report, cast.REPLAY, {"notes": ()}, "说明事项"),
    (opening_record, cast.OPENING, {"agency": "", "supervisor": "", "finished_at": None, "coefficients": ()}, "监督人员"),
]


@pytest.mark.parametrize(("build", "value", "change", "gone"), SHORT, ids=[f"{b.__name__}-{g}" for b, _, _, g in SHORT])
def test_what_a_paper_need_not_say_leaves_no_empty_place(build: Builder, value: Any, change: dict[str, Any], gone: str) -> None:
    assert gone in said(build(value))
    assert gone not in said(build(replace(value, **change)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "extension", "changes": ()}, "现投标截止时间"),
        ({"kind": "termination", "changes": (), "refund": "五日内退还投标保证金及利息。"}, "退还投标保证金及利息"),
        ({"kind": "failure", "changes": (), "next_step": "依法重新招标。"}, "依法重新招标"),
        ({"kind": "correction", "affects_bids": False}, "不影响投标文件编制"),
    ],
)
def test_each_kind_of_later_notice_says_what_is_its_own(change: dict[str, Any], words: str) -> None:
    assert words in said(clarification_notice(replace(cast.CLARIFICATION, **change)))


def test_a_notice_says_which_lots_have_two_envelopes_and_when_each_is_opened() -> None:
    assert "双信封" not in said(tender_notice(cast.TENDER_NOTICE))
    words = said(tender_notice(replace(cast.TENDER_NOTICE, two_envelopes=("1", "3"))))
    assert "标段（包）1、3的投标文件采用双信封" in words
    assert "在第一信封评审锁定后开启" in words


def test_a_prequalification_notice_speaks_of_applications() -> None:
    words = said(tender_notice(replace(cast.TENDER_NOTICE, prequalification=True, consortium=True)))
    assert "资格预审公告" in words
    assert "资格预审申请文件的递交" in words
    assert "共同投标协议" in words


def test_candidates_without_published_scores_have_no_table_of_them() -> None:
    bare = tuple(replace(c, scores=()) for c in cast.CANDIDATES.candidates)
    assert "商务技术" not in said(candidates_notice(replace(cast.CANDIDATES, candidates=bare)))


def opened(**change: Any) -> Document:
    first, *others = cast.OPENING.bids
    return opening_record(replace(cast.OPENING, bids=(replace(first, **change), *others)))


def test_an_opened_bid_without_a_price_is_not_recorded() -> None:
    with pytest.raises(Invalid) as refused:
        opened(price=None)
    assert refused.value.params["item"] == f"{cast.BIDDERS[0]}的投标报价"


def test_a_rate_instead_of_an_amount_is_recorded_as_it_was_read_out() -> None:
    assert "下浮率 3.25%" in said(opened(price=None, price_text="下浮率 3.25%"))


@pytest.mark.parametrize(
    ("verdict", "cause", "effect"),
    [
        ("malformed", "投标人", "视为撤销"),
        ("bidder-absent", "投标人", "视为撤销"),
        ("bytes-missing", "交易平台", "视为撤回"),
        ("trustees-short", "开标密钥持有人", "视为撤回"),
        ("undetermined", "待认定", "认定"),
    ],
)
def test_a_failed_opening_names_cause_and_effect(verdict: Verdict, cause: str, effect: str) -> None:
    words = said(opened(verdict=verdict, price=None, deciphered_at=None))
    assert VERDICTS[verdict][1] == cause
    assert VERDICTS[verdict][0] in words
    assert effect in VERDICTS[verdict][2]
    assert VERDICTS[verdict][2][:12] in words


def test_only_the_bidders_own_cause_revokes_a_bid() -> None:
    blamed = {verdict for verdict, (_, cause, _) in VERDICTS.items() if cause == "投标人"}
    assert blamed == {verdict for verdict, (_, _, effect) in VERDICTS.items() if "撤销" in effect}


def test_a_tender_with_too_few_bids_is_recorded_without_opening_any() -> None:
    words = said(opening_record(cast.NOT_OPENED))
    assert "不开标，密文原样封存" in words
    assert "唱标" not in words


def test_an_objection_without_an_answer_is_not_recorded() -> None:
    unanswered = tuple(replace(o, answer="") for o in cast.OPENING.objections)
    with pytest.raises(Invalid) as refused:
        opening_record(replace(cast.OPENING, objections=unanswered))
    assert refused.value.params["item"] == "异议的答复"


def test_prices_in_a_foreign_currency_have_no_capitals() -> None:
    first: OpenedBid = cast.OPENING.bids[0]
    foreign = replace(cast.OPENING, received=1, bids=(replace(first, price=Money(123_456_789, "UAH")),))
    words = said(opening_record(foreign))
    assert "UAH 1,234,567.89" in words.replace("UAH1", "UAH 1")
    assert "投标报价大写" not in words
    assert "报价（元）" not in words


def test_marks_of_fewer_members_than_sit_are_not_reported() -> None:
    first, *others = cast.EVALUATION.marks
    short = Marks(first.bidder, first.item, first.given[1:], first.counts)
    with pytest.raises(Invalid) as refused:
        evaluation_report(replace(cast.EVALUATION, marks=(short, *others)))
    assert "每名成员的评分" in refused.value.params["item"]


def test_a_dissent_without_its_text_is_not_reported() -> None:
    signatures = tuple(replace(s, dissent="") if s.stance == "dissent" else s for s in cast.EVALUATION.signatures)
    with pytest.raises(Invalid) as refused:
        evaluation_report(replace(cast.EVALUATION, signatures=signatures))
    assert refused.value.params["item"] == "苏某龑的书面不同意见"


def test_a_signature_without_its_time_is_not_reported() -> None:
    signatures = (Signature(cast.NAMES[0], "signed"), *cast.EVALUATION.signatures[1:])
    with pytest.raises(Invalid) as refused:
        evaluation_report(replace(cast.EVALUATION, signatures=signatures))
    assert refused.value.params["item"] == "段某鋆的签署时间"


def test_a_refusal_to_sign_is_reported_with_its_legal_effect() -> None:
    assert "视为同意评标结论" in said(evaluation_report(cast.EVALUATION))


def test_a_report_may_say_why_nobody_is_recommended() -> None:
    words = said(
        evaluation_report(replace(cast.EVALUATION, candidates=(), rejections=(), no_award="有效投标不足三个，明显缺乏竞争。"))
    )
    assert "未推荐中标候选人。原因：有效投标不足三个" in words


def test_a_loser_that_was_not_evaluated_is_told_why_instead_of_a_score() -> None:
    words = said(result_letter(replace(cast.LOSER, own_score="", own_rank=None, reason="未提供认证证书")))
    assert "未提供认证证书" in words
    assert "你方排序" not in words


def test_a_receipt_names_no_bidder() -> None:
    words = said(receipt(cast.RECEIPT))
    assert not any(bidder in words for bidder in cast.BIDDERS)


def test_a_withdrawal_has_a_receipt_too() -> None:
    words = said(receipt(replace(cast.RECEIPT, withdrawal=True, files=())))
    assert "投标撤回回执" in words
    assert "可以重新递交" in words


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "发现差异1处"),
        ({"total": 0, "divergences": ()}, "部分级别未通过"),
    ],
)
def test_a_replay_report_never_says_more_than_the_levels(change: dict[str, Any], verdict: str) -> None:
    assert verdict in said(replay_report(replace(cast.REPLAY, **change)))


def test_a_clean_replay_says_so_and_a_partial_one_does_not() -> None:
    clean = tuple(replace(level, outcome="passed", divergences=0) for level in cast.REPLAY.levels)
    words = said(replay_report(replace(cast.REPLAY, levels=clean, total=0, divergences=())))
    assert "各级全部通过，未发现差异" in words
    partial = (*clean[:3], replace(clean[3], outcome="not-run"))
    assert "部分级别未执行" in said(replay_report(replace(cast.REPLAY, levels=partial, total=0, divergences=())))


def test_a_capped_list_of_divergences_is_completed_by_counts() -> None:
    words = said(replay_report(replace(cast.REPLAY, total=4711, counts=(("CELL_DIFF", 4711),))))
    assert "共4711处，列出1处" in words
    assert "4,711" in words
