"""Between granian's event loop and Flask: requests, streams, files and the state of uploads under way."""
