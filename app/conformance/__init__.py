"""The conformance kit: a faulty network for one sync client, and the comparison of what the client holds with the server.

It speaks HTTP to a running server and imports nothing else of this application. docs/conformance.md explains its use.
"""
