"""Which commands to a tender a client may send, and in which function; every other is the desks' own.

A closed table: a command that is not in it is refused whoever sends it.  What happens by rule is the bell's; what comes
out of a box, a draw or an evaluation room is carried over by its desk; what needs a pseudonym, a number or a
catalogue's entry is asked for at an address of its own.  Whether the sender's organisation is that to this very tender
is for `trading.lifecycle.guards` to say.
"""

from typing import Any

from trading import commands as c

PRINCIPAL = ("tenderer", "host")
HOSTS = ("tenderer", "agency", "host")
CENTRE = ("centre", "witness")
REGULATOR = ("regulator", "supervisor")

SENDERS: dict[type[c.Command], tuple[str, ...]] = {
    c.AcceptRegistration: CENTRE,
    c.RefuseRegistration: CENTRE,
    c.DraftTender: HOSTS,
    c.ApproveDocuments: PRINCIPAL,
    c.PublishNotice: HOSTS,
    c.PublishClarification: HOSTS,
    c.AmendDeadline: HOSTS,
    c.AdoptCalendar: CENTRE,
    c.TerminateTender: (*PRINCIPAL, *CENTRE, *REGULATOR),
    c.SuspendTender: (*CENTRE, *REGULATOR),
    c.ResumeTender: (*CENTRE, *REGULATOR),
    c.PublishCandidates: HOSTS,
    c.AnswerObjection: HOSTS,
    c.ExamineComplaint: REGULATOR,
    c.DecideComplaint: REGULATOR,
    c.Award: PRINCIPAL,
    c.RevokeAward: (*PRINCIPAL, *REGULATOR),
    c.Reevaluate: (*HOSTS, *REGULATOR),
    c.PublishResult: HOSTS,
    c.IssueAwardLetter: HOSTS,
    c.SendLetters: HOSTS,
    c.RecordContract: PRINCIPAL,
    c.PublishContract: HOSTS,
    c.AcceptPerformance: PRINCIPAL,
    c.DeclareFailure: (*HOSTS, *CENTRE),
    c.Retender: HOSTS,
    c.ArchiveTender: (*HOSTS, *CENTRE),
}

BY_DESKS: tuple[type[c.Command], ...] = (
    c.CloseBids,
    c.OpenBids,
    c.RecordOpening,
    c.OpenPrices,
    c.RecordDeposits,
    c.RecordPanel,
    c.RecordEvaluation,
    c.RingBell,
    c.RegisterProject,
    c.AskQuestion,
    c.FileObjection,
    c.FileChallenge,
    c.FileComplaint,
)
"""What no client sends as it stands."""


def may_send(role: str, command: Any) -> bool:
    """Whether an account in that role may send that command."""
    return role in SENDERS.get(type(command), ())
