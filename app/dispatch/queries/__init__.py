"""SQL statements of dispatch, for the tables in `app.dispatch.models`."""
