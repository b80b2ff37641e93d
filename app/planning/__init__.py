"""Day plans of workers (visits, cases, patrols), and the coverage of grids by patrols.

Words of this package: a *stop* is something to do at a place. A *break* is a pause; a *gap* is the time between two
shifts. An *item* is a stop, a break or a gap. A *pin* is a person's decision that fixes the time of a stop, or its
position in a manual order. The *frame* of a day is its items with a fixed time or order; all other stops are *free*.
*Cells* are squares of the map (about 50 m) that measure coverage; a *patch* is a group of neighbouring cells that
nobody visited. A *lot* is a random draw of households or cells for an inspection.
"""
