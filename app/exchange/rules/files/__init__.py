"""Reading files as tables. Only the child process reads (`child`); `app.exchange.service.reading` asks it."""
