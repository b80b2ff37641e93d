"""Failure cases of offline work that tests must cover, by number.

A test that covers a case has the number in its name: `test_push_case_05_...`, or `..._case_14_15_...` for several.
`test_failure_cases.py` fails for a case that no test covers.
"""

CASES = {
    1: "a transaction takes its number first and commits last",
    2: "a write transaction stays open for ten seconds",
    3: "such a transaction in another database of the cluster",
    4: "the second page after the rows have changed again",
    5: "the answer to a push is lost after its commit; sent again it is a duplicate with the same result",
    6: "the same operation twice at the same time has one effect",
    7: "the same op_id with another payload",
    8: "the same row created twice, after a reinstallation",
    9: "created and deleted without ever being online",
    10: "delete of a row that is not there",
    11: "change of a deleted row",
    12: "own writes come back as no conflict, and what is read never goes backwards",
    13: "the grid is given to another worker while the first is offline with queued work, within the grace and after",
    14: "a row moves from A to B: a phone with A drops it, one with B gets it, one with both keeps it",
    15: "a row in two buckets, of which one goes",
    16: "a new grid: rows older than the token arrive",
    17: "a grid is split or merged and 10,000 households move",
    18: "a role is taken: personal fields disappear from the phone",
    19: "the account is disabled: no token serves, the phone wipes",
    20: "a token that is 200 days old, forged, somebody else's, of another epoch, after a restore or a failover",
    21: "an old app: unknown fields, and a new required field has a default",
    22: "the phone's clock is off by two years, jumps, changes to summer time, goes back between operations",
    23: "one poisonous operation in the middle of 500",
    24: "two sync workers on one phone",
    25: "a gap in device_seq",
    26: "the client dies between applying and keeping the token",
    27: "photos: repeated and misplaced parts, checksums, expiry, full disk, nothing, kill in the middle",
    28: "edited after half of a photo was sent",
    29: "a supervisor with 5,000 grids",
    30: "loss, long round trips, and a cut at every byte of the body",
    31: "full disk or read-only database: 503, nothing acknowledged",
    32: "many phones with all of this at once end equal to the server",
}

# Only parts that need a second PostgreSQL may wait. (case, what of it)
WAITING = {
    20: "failover with lost commits, and point-in-time recovery, need a second PostgreSQL; a new epoch is tested"
}
