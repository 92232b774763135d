"""From states to papers: what each paper says is read from the streams, printed, and put into the vault.

The builders in `trading.papers` refuse a paper that lacks what its article demands, so a paper that exists is whole.
"""

from trading.desk.printing.common import TREE, Printed
from trading.desk.printing.evaluations import evaluation
from trading.desk.printing.notices import clarification, notice
from trading.desk.printing.openings import opening
from trading.desk.printing.results import candidates, letters, result

__all__ = ["TREE", "Printed", "candidates", "clarification", "evaluation", "letters", "notice", "opening", "result"]
