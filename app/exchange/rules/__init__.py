"""Rules of imports and exports without I/O: columns and rows, fields of each kind, file formats."""
