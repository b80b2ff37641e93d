"""Alerts on devices whose app is closed: subscriptions, the outbox of messages, and the channels that send them.

Triggers of the database add a message in the transaction of its cause (migration `0082_alerts`). A job sends it at least
once. A payload has only the kind of the message and an id.
"""
