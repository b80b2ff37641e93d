"""SQL that reads cases, and the SQL of writes that all folders of incidents share."""
