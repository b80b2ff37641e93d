"""Operations of a push, each as one function `(session, actor, id, payload)` that calls the domain's service.

A `Kind` of the registry (app/sync/routes/registry.py) names the function that applies it.
"""
