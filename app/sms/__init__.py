"""SMS that come in: a worker reports or answers a task, a resident adds words, confirms or stops messages.

The gateway of the operator sends each SMS to `POST /api/v1/messages/sms`. It is applied once and answered by SMS.
"""
