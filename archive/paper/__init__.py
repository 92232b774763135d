"""Papers: a neutral tree in, a PDF out, the same bytes each time.

`tree` is what a paper says (frozen values, no layout); `layout` and `grid` decide where every
character stands (pure, units are points); `typeface` knows the embedded fonts; `press` prints.
Only `typeface` and `press` import reportlab.
"""
