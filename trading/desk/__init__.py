"""The desks: acts that touch several floors, each one transaction of the one writer.

HTTP handlers, actors, the command line and the demonstration call these functions and nothing beneath
them.  A desk stores bytes first, reads under the ledger's locks what a rule must be told, and passes
values from one floor to the other; it decides nothing itself.
"""
