"""Choice of a worker or unit for the work on cases: eligibility, ranking, offers.

Words of this package:

- A *demand* is the work of one role on one case that needs a worker: to handle, check, verify, or assist as second
  worker. It is identified by the case and the role. Cases themselves are not read here.
- A *ring* is an area around the case in which candidates are looked for: grid, community, street, district.
- A *run* is one stored decision about a demand, with a *verdict* (eligible or not, cost, reason) on each candidate.
  *Tier 0* decides about one demand alone; it looks for candidates in the smallest ring first. *Tier 1* (a *batch*)
  decides about all waiting demands of a district together.
- A *broadcast* is an offer to several workers at once; the first who accepts gets the work.
- A *round* is one attempt to find a worker for a demand.
- The *load* of a worker is the number of offers and unfinished assignments, limited by the *capacity*. Offers of a
  broadcast do not count before they are accepted.
- An offer or assignment is *live* as long as it has not ended.
"""
