"""What can be asked of a box.  Times are microseconds since the epoch, byte strings are hex.

``stream`` names a bid by its ``sealed/<32 hex>`` stream, ``envelope`` an envelope by its id;
``closing_list`` is the hash of the list that `BoxClosed` carries, which every answer of an opening names.
"""

from archive.values import Instant, Message, Value
from bidding.opening import Fault, Release


class OpenBox(Message, frozen=True, tag="box.open"):
    """The box of a lot stands from ``opens_at`` and takes bids until ``closes_at``.

    ``policy`` is the trustees' policy in hex.  ``trustees`` are the organisations that hold its keys, in
    its order; left out, the policy's operators are their names.  ``decrypt_minutes`` is the first window of
    an opening; where the policy puts bidders first, ``remedy_minutes`` (0: as many again) is the trustees'.
    With ``grace_hours`` bodies other than the index and those of ``price_stage`` (0: the last) may follow.
    """

    tender: str
    lot: str
    opens_at: Instant
    closes_at: Instant
    stages: tuple[int, ...]
    policy: str
    least_bids: int = 3
    decrypt_minutes: int = 60
    remedy_minutes: int = 0
    grace_hours: int = 0
    price_stage: int = 0
    trustees: tuple[str, ...] = ()


class MoveDeadline(Message, frozen=True, tag="box.move-deadline"):
    """延期: only before the deadline in force, and only to a later one."""

    closes_at: Instant
    why: str


class PauseBox(Message, frozen=True, tag="box.pause"):
    """暂停: no bid is taken and no window runs until it is resumed; the time that is left is kept."""

    why: str


class ResumeBox(Message, frozen=True, tag="box.resume"):
    """恢复: ``closes_at`` 0 gives exactly the time that was left, more may be given."""

    closes_at: Instant = 0
    why: str = ""


class Share(Value, frozen=True):
    """A trustee's share of one envelope and its blinding."""

    envelope: str
    share: str
    r: str


class Seed(Value, frozen=True):
    """The seed of one envelope."""

    envelope: str
    seed: str


class DrillTrustees(Message, frozen=True, tag="box.drill"):
    """试解密 before the deadline: a test ``envelope`` under the box's policy, and what each trustee released."""

    envelope: str
    releases: tuple[Release, ...]


class CloseBox(Message, frozen=True, tag="box.close"):
    """截标: take in the bids that the facts list; the last part closes the box."""


class NameBidders(Message, frozen=True, tag="box.name-bidders"):
    """公布投标人名称 at the opening; the facts say who stands behind which stream."""


class ReleaseShares(Message, frozen=True, tag="box.release"):
    """Trustee ``j`` releases its shares of listed envelopes of the stage that is being opened."""

    closing_list: str
    j: int
    shares: tuple[Share, ...]


class Complain(Message, frozen=True, tag="box.complain"):
    """Trustee ``j``: the sealed share gives me none.  ``sk`` is its private key where it proves that to the arbiter."""

    closing_list: str
    j: int
    envelope: str
    sk: str = ""


class PublishSeed(Message, frozen=True, tag="box.publish-seed"):
    """解密: a bidder publishes the seeds of its own envelopes (mode B)."""

    closing_list: str
    seeds: tuple[Seed, ...]


class ReleaseByBidder(Message, frozen=True, tag="box.release-by-bidder"):
    """A bidder releases its own halves (mode J)."""

    closing_list: str
    shares: tuple[Share, ...]


class RecordFault(Message, frozen=True, tag="box.record-fault"):
    """A fault of the platform during an opening, open to all."""

    what: str
    began_at: Instant


class ExtendWindow(Message, frozen=True, tag="box.extend-window"):
    """延长解密时间: only after a fault of the platform is on record."""

    minutes: int
    why: str


class JudgeEnvelope(Message, frozen=True, tag="box.judge"):
    """Reach the verdict over one envelope; the facts carry it and what its stored bodies gave."""

    envelope: str


class JudgeEnvelopes(Message, frozen=True, tag="box.judge-envelopes"):
    """Reach the verdicts over several envelopes, as many as fit an entry; the facts carry each, in the same order."""

    envelopes: tuple[str, ...]


class ConcludeOpening(Message, frozen=True, tag="box.conclude"):
    """解密结束: every listed envelope of the stage has its verdict."""


class RuleOnFault(Message, frozen=True, tag="box.rule-on-fault"):
    """裁定: a person decides what the rules leave open, with reasons."""

    envelope: str
    fault: Fault
    why: str


class ReadAloud(Message, frozen=True, tag="box.read-aloud"):
    """唱标: what was opened is shown to everybody."""


class ObjectToOpening(Message, frozen=True, tag="box.object"):
    """开标异议, on the spot."""

    text: str


class AnswerObjection(Message, frozen=True, tag="box.answer-objection"):
    """The answer, on the spot; ``number`` counts from 1."""

    number: int
    text: str


class ConfirmRecord(Message, frozen=True, tag="box.confirm-record"):
    """投标人确认开标记录; who takes no part has accepted it."""


class FinishOpening(Message, frozen=True, tag="box.finish"):
    """The opening of the stage is over."""


class OpenStage(Message, frozen=True, tag="box.open-stage"):
    """Open the next stage of the ``admitted`` bids; all others stay shut for good."""

    admitted: tuple[str, ...]
    why: str


class EndStages(Message, frozen=True, tag="box.end-stages"):
    """No further stage is opened: every envelope of the stages that are left stays shut for good."""

    why: str


class DestroyKey(Message, frozen=True, tag="box.destroy-key"):
    """销毁密钥: trustee ``j`` has destroyed its key of this box, so what was not opened stays shut for good."""

    j: int


Command = (
    OpenBox
    | MoveDeadline
    | PauseBox
    | ResumeBox
    | DrillTrustees
    | CloseBox
    | NameBidders
    | ReleaseShares
    | Complain
    | PublishSeed
    | ReleaseByBidder
    | RecordFault
    | ExtendWindow
    | JudgeEnvelope
    | JudgeEnvelopes
    | ConcludeOpening
    | RuleOnFault
    | ReadAloud
    | ObjectToOpening
    | AnswerObjection
    | ConfirmRecord
    | FinishOpening
    | OpenStage
    | EndStages
    | DestroyKey
)

CONFIDENTIAL = ReleaseShares | Complain | PublishSeed | ReleaseByBidder
"""Commands that hold shares, seeds or keys: whoever has k shares has the whole envelope."""
