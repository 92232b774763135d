"""The schema's history: linear, dated revisions, run by `archive.database.migrate`.

Expand, then contract in a later release: code of the release before must run on the schema after.  None touches
the ledger's tables after the first.
"""
