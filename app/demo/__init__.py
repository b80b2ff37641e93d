"""Data of the demo city: real codes and names of Xihu District, all other data generated.

The data are stored by the same service functions that serve requests.
"""
