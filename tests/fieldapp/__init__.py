"""Tests of field apps. A test with `case_<number>` in its name covers that failure case; none of them may lose a row.

1 one transaction begins first and commits last; 2 a write transaction is open for ten seconds; 3 the same in another
database; 4 rows change between two pages; 5 the answer to a push is lost; 6 the same operation twice at once; 7 the same id
with other content; 8 the same row is made twice; 9 made and deleted offline; 10 a missing row is deleted; 11 a deleted row
is changed; 12 a phone's own write, and reads that go back; 13 a grid is given away while its worker is offline; 14 a row
moves between grids; 15 a row is in two buckets and one goes; 16 a new grid has rows older than the token; 17 a grid is split
or merged; 18 a role becomes smaller; 19 an account is disabled; 20 tokens that are old, forged, foreign, of another epoch or
of a future that was lost; 21 an app of another version; 22 wrong clocks; 23 an operation that cannot be taken; 24 two pushes
for one device; 25 a gap in the numbers; 26 a phone stops between applying and keeping its token; 27 and 28 photos; 29 a
supervisor of 5,000 grids; 30 a bad network; 31 a full or read-only database; 32 many phones end alike.
"""
