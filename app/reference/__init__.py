"""Pages of docs/ that are made from the code; `gridward docs` prints them."""
