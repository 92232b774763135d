"""重新评审、重新评标: an upheld objection to the result voids it, and the lot goes back to its evaluation.

Only on a ground of the law, by whom the law lets order it, and before the contract; what the former report found stays on
record as void (`trading.tender.Voided`).  Whoever raised his objection before the last order has had it answered by that order.
"""

from archive.errors import Refused
from archive.values import Value
from trading.commands import Reevaluate
from trading.events import ReevaluationOrdered
from trading.lifecycle.awards import titled
from trading.lifecycle.guards import Told, law_of, lot_at, require, running, sha256
from trading.rulebooks.shape import Ground
from trading.tender import Objection, Tender

LAW: dict[str, str] = {
    "reevaluation.ground": "招标投标法实施条例 第七十条、第七十一条、第八十一条；财政部令第87号 第六十四条、第六十七条",
    "reevaluation.not-upheld": "政府采购法实施条例 第四十四条",
    "reevaluation.former": "政府采购法实施条例 第四十四条",
    "reevaluation.report": "政府采购法实施条例 第四十四条",
}

SAME, FRESH = "same", "fresh"


class Order(Value, frozen=True):
    """A ground, the committees that may evaluate again on it, and who may order it: ``regulator``, ``principal``."""

    ground: Ground
    committees: tuple[str, ...]
    by: tuple[str, ...]


_BOTH, _REGULATOR, _ANYBODY = (SAME, FRESH), ("regulator",), ("regulator", "principal")

ORDERS: dict[str, tuple[Order, ...]] = {
    "RS-1": (
        Order(
            Ground("54", "评标报告经复核确有错误", "The report is found wrong on review", "招标投标法实施条例 第五十四条", "I"),
            (SAME,),
            _ANYBODY,
        ),
        Order(
            Ground(
                "70",
                "评标委员会成员的确定或者更换违反规定，评审结论无效",
                "Members were chosen or replaced unlawfully; their conclusions are void",
                "招标投标法实施条例 第七十条",
            ),
            (FRESH,),
            _REGULATOR,
        ),
        Order(
            Ground(
                "71",
                "评标委员会成员未按规定评标，责令改正",
                "Members did not evaluate as the rules say; correction is ordered",
                "招标投标法实施条例 第七十一条",
            ),
            _BOTH,
            _REGULATOR,
        ),
        Order(
            Ground(
                "81",
                "违法行为对中标结果造成实质性影响，依法重新评标",
                "A breach had a substantial effect on the result",
                "招标投标法实施条例 第八十一条",
            ),
            _BOTH,
            _REGULATOR,
        ),
    ),
    "RS-2": tuple(
        Order(Ground(code, zh, en, f"政府采购货物和服务招标投标管理办法 {article}", "M"), committees, _ANYBODY)
        for code, zh, en, article, committees in (
            ("64-1", "分值汇总计算错误", "The sums are wrong", "第六十四条第一项", (SAME,)),
            ("64-2", "分项评分超出评分标准范围", "A mark is out of its range", "第六十四条第二项", (SAME,)),
            ("64-3", "客观评审因素评分不一致", "Marks of objective items differ", "第六十四条第三项", (SAME,)),
            ("64-4", "评分畸高、畸低", "Marks are abnormally high or low", "第六十四条第四项", (SAME,)),
            ("67-1", "评标委员会组成不符合规定", "The committee's composition is unlawful", "第六十七条第一项", (FRESH,)),
            ("67-2", "评标委员会成员违反评标纪律", "Members broke the discipline of evaluation", "第六十七条第二项", (FRESH,)),
            ("67-3", "独立评标受到非法干预", "The evaluation was interfered with", "第六十七条第三项", (FRESH,)),
            ("67-4", "评审专家有法定违法行为", "Experts acted against the law", "第六十七条第四项", (FRESH,)),
        )
    ),
}
"""By rule set; a rule set that is not here knows no second evaluation."""

_VOIDABLE = ("evaluated", "publicised", "awarded", "announced", "notified")
_KINDS = ("result", "process", "other")


def reevaluate(state: Tender, command: Reevaluate, ctx: Told) -> tuple[ReevaluationOrdered, ...]:
    """The result is void and the lot is evaluated again, on the upheld objection, challenge or complaint named."""
    held = next((o for o in state.objections if o.id == command.objection), None)
    lot = lot_at(state, command.lot, *_VOIDABLE)
    if held is None or held.lot not in ("", command.lot):
        raise Refused("objection.none", objection=command.objection)
    by = "regulator" if held.regime == "complaint" else "principal"
    require(state, ctx, by, *(("agency",) if by == "principal" else ()), scope="answer")
    if held.kind not in _KINDS or held.outcome != "upheld":
        raise Refused("reevaluation.not-upheld", objection=held.id, kind=held.kind, outcome=held.outcome or "none")
    if held.regime == "complaint" and held.authority != ctx.actor.org:
        raise Refused("complaint.taken", objection=held.id, authority=held.authority)
    if by == "principal":  # the regulator's own pause may hold, so that nobody awards between its decision and its order
        running(state)
    last = lot.voided[-1].at if lot.voided else 0
    if _raised_at(state, held) < last:
        raise Refused("reevaluation.former", objection=held.id, ordered_at=last)
    book, _ = law_of(state)
    fitting = {o.ground.code: o for o in ORDERS.get(book.rule_set, ()) if by in o.by and command.committee in o.committees}
    if command.ground not in fitting or not command.reason.strip():
        raise Refused("reevaluation.ground", ground=command.ground, committee=command.committee, allowed=sorted(fitting))
    titled(command.title, command.sha256)
    if book.rule_set == "RS-2" and by == "principal" and not command.report_sha256:
        raise Refused("reevaluation.report", lot=command.lot)
    if command.report_sha256:
        sha256(command.report_sha256, "report_sha256")
    return (
        ReevaluationOrdered(
            ctx.at,
            command.lot,
            held.id,
            command.ground,
            fitting[command.ground].ground.article,
            command.reason,
            command.committee,
            command.title,
            command.sha256,
            command.report_sha256,
        ),
    )


def _raised_at(state: Tender, held: Objection) -> int:
    """When the matter was first raised: a complaint repeats the objection before it."""
    first = next((o for o in state.objections if o.id == held.about), held) if held.about else held
    return first.filed_at
