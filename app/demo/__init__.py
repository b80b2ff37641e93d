"""The demo city: Xihu District with real codes and names; all other data are generated.

The generated data are written by the same service functions that serve requests.
"""
