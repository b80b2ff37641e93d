"""Statistics of cases: measures, rates, monthly statistics, evaluation, rounded releases.

A *measure* is a named count of cases, such as `closed`. A *selection* is a measure without the cases that also count as
some other measures. A *rate* divides one selection by another one. A *grouping* is a property by which counts are grouped,
such as `unit`; a *group* is one value of it. The *members* of a count are the cases that it counts. A *span* is a range of
days for which cases are counted: the requested period, a period for comparison, or one day, week or month of these. The
*moment* is the time as of which cases are counted.
"""
