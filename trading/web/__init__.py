"""HTTP in, commands out: the pages of the platform and, under ``/api``, the same subjects as JSON.

A subject's page is at ``/tenders/T1`` and its JSON at ``/api/tenders/T1``; both are made from the same value
by two handlers that stand side by side in one module.  Handlers are synchronous and run in threads; nothing
raw passes this floor: what leaves it is a command, an actor and an arrival time.
"""
