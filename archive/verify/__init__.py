"""The verifier of evidence packs and receipts: no database, no framework, nothing but bytes and keys.

`verify_pack` reads a directory, a zip or a receipt; `main` is the command line.  It needs msgspec
and cryptography alone, so it also runs as a zipapp on a machine without a network.
"""

from archive.report import Divergence, Note, Report
from archive.verify.command import main
from archive.verify.files import Unreadable
from archive.verify.packs import verify_files, verify_pack, verify_receipt

__all__ = ["Divergence", "Note", "Report", "Unreadable", "main", "verify_files", "verify_pack", "verify_receipt"]
