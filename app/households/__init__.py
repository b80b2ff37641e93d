"""The register of premises and households: residents, care tags, consents and visits.

A care tag marks a kind of help that a resident needs, for example as an elderly person who lives alone.
"""
