"""Rules of imports and exports without I/O: columns, rows, fields and file formats."""
