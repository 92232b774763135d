"""Foreign procurement data (OCDS 1.1) read strictly into plans to replay; see `file.take`.

Pure.  Never a crash, never a guess: what is taken is exact, what is not has a code, a place and a sentence.
"""

from trading.intake.file import take
from trading.intake.plan import Answer, Intake, Merged, Note, Plan, Problem, RefusedRecord, Taken

__all__ = ["Answer", "Intake", "Merged", "Note", "Plan", "Problem", "RefusedRecord", "Taken", "take"]
