"""SQL of incidents: `visibility` (who sees which rows), `reading`, `writing`."""
