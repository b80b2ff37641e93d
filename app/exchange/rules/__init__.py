"""Rules of imports and exports: the row contract, fields of kinds, file formats. Pure."""
