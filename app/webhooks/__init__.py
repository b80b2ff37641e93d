"""Webhooks: subscriptions of other systems to the events of cases, their delivery, and the same events by a cursor.

The log is the history of the cases (`incident_event`), read between snapshots as synchronisation reads the change log. A
job turns events into deliveries and sends them at least once, in order for each case.
"""
