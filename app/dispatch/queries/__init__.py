"""SQL statements on the tables in `app.dispatch.models`: read, insert, update and lock rows."""
