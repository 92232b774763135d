"""The demonstration: whole tenders played on a controllable clock through the same desks that serve HTTP."""
