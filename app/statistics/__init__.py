"""Statistics of cases: measures, rates, monthly statistics, evaluation, rounded releases.

A *measure* is a named count of cases, such as `closed`. A *rate* divides one measure by another one. A *grouping* is a column
by which counts are grouped, such as `unit`. The *members* of a count are the cases that it counts. A *span* is a range of days
for which cases are counted: the requested period, a period for comparison, or a part of one of them.
"""
