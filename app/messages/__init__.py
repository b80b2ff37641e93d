"""E-mail and SMS to people outside: the outbox, the channels that send it, and its list for administrators.

A row is written in the transaction of its cause. A job sends it at least once. Other packages compose the words of their
kinds of message: `service/composers.py`.
"""
