"""The rules of a box, one line a command; each rule is a function beside those of its time."""

from typing import assert_never

from archive.decider import Context
from bidding.box import accepting, answering, commands, judging
from bidding.box.events import Event
from bidding.box.facts import Facts, Findings
from bidding.box.state import Box

LAW: dict[str, str] = {
    "box.none": "电子招标投标办法 第二十九条",
    "box.exists": "电子招标投标办法 第二十九条",
    "box.wrong-phase": "电子招标投标办法 第二十九条",
    "box.bad-policy": "电子招标投标办法 第二十六条",
    "box.bad-terms": "招标投标法 第二十四条",
    "box.past-deadline": "招标投标法 第二十八条",
    "box.not-later": "招标投标法实施条例 第二十一条",
    "box.no-reason": "电子招标投标办法 第四十八条",
    "box.paused": "招标投标法实施条例 第二十二条",
    "box.not-paused": "招标投标法实施条例 第二十二条",
    "box.time-lost": "招标投标法实施条例 第二十二条",
    "box.bad-drill": "电子招标投标办法 第十四条",
    "box.not-yet": "招标投标法 第三十四条",
    "box.not-listed": "电子招标投标办法 第三十条",
    "box.other-list": "电子招标投标办法 第三十条",
    "box.bad-batch": "电子招标投标办法 第三十条",
    "box.window-over": "电子招标投标办法 第三十一条",
    "box.window-open": "电子招标投标办法 第三十条",
    "box.bad-key": "电子招标投标办法 第三十条",
    "box.mode": "电子招标投标办法 第三十一条",
    "box.not-trustee": "电子招标投标办法 第三十条",
    "box.not-bidder": "电子招标投标办法 第三十条",
    "box.bidder-first": "电子招标投标办法 第三十条",
    "box.released-already": "电子招标投标办法 第三十条",
    "box.open-already": "电子招标投标办法 第三十一条",
    "box.wrong-seed": "电子招标投标办法 第三十一条",
    "box.wrong-half": "电子招标投标办法 第三十一条",
    "box.no-fault": "电子招标投标办法 第三十一条",
    "box.judged": "电子招标投标办法 第三十条",
    "box.not-judged": "电子招标投标办法 第三十条",
    "box.decided": "电子招标投标办法 第三十一条",
    "box.no-objection": "招标投标法实施条例 第四十四条",
    "box.objection-open": "招标投标法实施条例 第四十四条",
    "box.undecided": "电子招标投标办法 第三十一条",
    "box.key-destroyed": "电子招标投标办法 第十五条",
    "box.confirmed": "电子招标投标办法 第三十二条",
}


def decide(box: Box, command: commands.Command, ctx: Context[Facts]) -> tuple[Event, ...]:
    """The rules.

    Raises:
        Refused: one of the codes in `LAW`, which says what each rests on.
        Invalid: ``box.facts`` or ``box.bad-list`` when the platform's own facts do not fit the command.
    """
    match command:
        case commands.OpenBox():
            return accepting.open_box(box, command)
        case commands.MoveDeadline():
            return accepting.move_deadline(box, command, ctx)
        case commands.PauseBox():
            return accepting.pause(box, command, ctx)
        case commands.ResumeBox():
            return accepting.resume(box, command, ctx)
        case commands.DrillTrustees():
            return accepting.drill(box, command, ctx)
        case commands.CloseBox():
            return accepting.close(box, ctx)
        case commands.NameBidders():
            return accepting.name_bidders(box, ctx)
        case commands.ReleaseShares():
            return answering.release(box, command, ctx)
        case commands.Complain():
            return answering.complain(box, command, ctx)
        case commands.PublishSeed():
            return answering.publish_seed(box, command, ctx)
        case commands.ReleaseByBidder():
            return answering.release_by_bidder(box, command, ctx)
        case commands.RecordFault():
            return answering.record_fault(box, command, ctx)
        case commands.ExtendWindow():
            return answering.extend_window(box, command, ctx)
        case commands.JudgeEnvelope():
            return judging.judge(box, (command.envelope,), (ctx.facts,), ctx.at)
        case commands.JudgeEnvelopes():
            told = ctx.facts.judged if isinstance(ctx.facts, Findings) else ()
            return judging.judge(box, command.envelopes, told, ctx.at)
        case commands.ConcludeOpening():
            return judging.conclude(box)
        case commands.RuleOnFault():
            return judging.rule_on_fault(box, command, ctx)
        case commands.ReadAloud():
            return judging.read_aloud(box, ctx)
        case commands.ObjectToOpening():
            return judging.object_to_opening(box, command, ctx)
        case commands.AnswerObjection():
            return judging.answer_objection(box, command, ctx)
        case commands.ConfirmRecord():
            return judging.confirm_record(box, ctx)
        case commands.FinishOpening():
            return judging.finish(box, ctx)
        case commands.OpenStage():
            return judging.open_stage(box, command, ctx)
        case commands.EndStages():
            return judging.end_stages(box, command, ctx)
        case commands.DestroyKey():
            return answering.destroy_key(box, command, ctx)
        case _:
            assert_never(command)
