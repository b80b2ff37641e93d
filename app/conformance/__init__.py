"""The conformance kit: a test of a sync client on a faulty network.

The client connects through a faulty proxy; then the kit compares what the client stores with what the server sends. The kit
uses HTTP and imports nothing else of this application. docs/explanation/conformance.md explains its use.
"""
