"""The supervisor's desk: correct, merge, link, annotate, print, import, act on many cases."""
