"""Whether the stored data and the set-up are right: `gridward check`, `gridward config check`, gauges."""
