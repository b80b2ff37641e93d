"""Data of the demo city: real codes and names of Xihu District, all other data generated.

The city is made and its days are lived by the same service functions that serve requests; what three months of it left
is kept in `life` and copied at a first start.
"""
