"""Statuses of the updates of a request, in the extension of FixMyStreet, by the states in plain words.

A list of requests has only `open` and `closed`.
"""

STATUS_OF_UPDATE = {
    "received": "open",
    "verifying": "investigating",
    "in_progress": "in_progress",
    "postponed": "action_scheduled",
    "checking": "in_progress",
    "solved": "fixed",
    "not_accepted": "no_further_action",
    "ended": "closed",
}
