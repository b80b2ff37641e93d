"""Descriptions of the settings, in the order of docs/reference/settings.md. `settings_page` adds values and defaults."""

# Read by the start scripts or by a library, not by `app.settings`: (default, accepted values).
OUTSIDE: dict[str, tuple[str, str]] = {
    "GRIDWARD_DEMO_PASSWORD": ("gridward-demo", "a password that is not easy to guess"),
    "PROMETHEUS_MULTIPROC_DIR": ("prometheus", "a folder"),
}

# section: {variable: what it does}
SETTING_TEXTS: dict[str, dict[str, str]] = {
    "Database": {
        "DATABASE_URL": "The database with the login of its owner, who migrates it: `postgresql://user@host/name`. Without it"
        " `make run` makes a private cluster.",
        "GRIDWARD_APP_DATABASE_URL": "The database with the login of the server. Without it: `DATABASE_URL` with the login"
        " `gridward_app`.",
        "GRIDWARD_JOB_DATABASE_URL": "The database with the login of the job worker and of operators' commands. Without it:"
        " `DATABASE_URL` with the login `gridward_job`.",
        "GRIDWARD_STATEMENT_TIMEOUT_MS": "Longest time of a statement of a request, in milliseconds. A statement that takes"
        " longer ends with 503 `busy`, a statement of figures with 422 `too_much_to_count`. 0: no limit.",
        "GRIDWARD_SIGNAL_STATEMENT_TIMEOUT_MS": "The same for the statements of the job that detects signals. The detection of"
        " that kind of signal fails. 0: no limit.",
    },
    "Server": {
        "HOST": "Address on which the server listens.",
        "PORT": "Port on which the server listens.",
        "GRIDWARD_WORKERS": "Number of server processes: one for each core that PostgreSQL leaves free.",
        "GRIDWARD_THREADS": "Number of concurrent requests of each process, with one database connection each. One thread"
        " more runs urgent requests only.",
        "GRIDWARD_ADMISSION_WAITING": "Requests of one priority that wait for a thread in one process; more answer 503 `busy`."
        " `docs/how-to/operations.md` has the priorities.",
        "GRIDWARD_ADMISSION_BURST_SECONDS": "Longest wait for a thread. A queue that lasts longer is no burst.",
        "GRIDWARD_ADMISSION_WAIT_SECONDS": "Longest wait for a thread while the queue of a priority lasts longer than a burst:"
        " of reads; twice as long of changes and phones, ten times of urgent requests and of figures. Later: 503 `busy`.",
        "GRIDWARD_CONNECTION_IDLE_SECONDS": "A connection without traffic is closed after this time. At least twice"
        " `GRIDWARD_STREAM_PING_SECONDS`.",
        "GRIDWARD_STOP_NOTICE_SECONDS": "After SIGTERM `/readyz` answers 503 for this time, while all requests are still"
        " answered. Longer than the interval at which a load balancer asks.",
        "GRIDWARD_STOP_SECONDS": "After that time a running request may take so many seconds more.",
        "GRIDWARD_STATE_DIR": "Folder of the signing key and of temporary files, and with `make run` of the private cluster.",
        "GRIDWARD_SIGNING_KEY_FILE": "The Ed25519 key that signs access tokens, readable by its owner only. Without it:"
        " `signing-key.pem` in the state folder.",
        "GRIDWARD_LOG_LEVEL": "The least severe lines of the log.",
        "GRIDWARD_LOG_FORMAT": "`json` writes one object a line. The default at a terminal and with `make run` is `text`.",
        "GRIDWARD_METRICS_TOKEN": "Bearer token for `/metrics`. Without it only this machine may read the metrics.",
        "PROMETHEUS_MULTIPROC_DIR": "Folder in which the processes store their metrics; the same for server and job worker."
        " The default is a folder in the state folder.",
    },
    "Proxy and addresses": {
        "TRUSTED_PROXIES": "Proxies whose headers `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix` are used.",
        "GRIDWARD_PUBLIC_URL": "Address at which people reach the server. It decides scheme, host and path of all links,"
        " whatever a `Host` header has. `https` marks the cookies of browsers as `Secure` and sends HSTS.",
        "GRIDWARD_PATH_PREFIX": "Path under which the server answers.",
        "GRIDWARD_CORS_ORIGINS": "Other sites whose pages may call `/api` and `/ogc` in a browser.",
        "GRIDWARD_OUTGOING_ALLOWED": "Hosts and networks to which the server sends requests by http, at any port and address,"
        " such as a push service of the city's own. All other requests go to public addresses by https at port 443.",
    },
    "Open311": {
        "GRIDWARD_OPEN311_CONTACT": "Whom the authors of portals ask for help and for an API key: an e-mail address or other"
        " words. The discovery document has them. Without them: the address of the server.",
        "GRIDWARD_OPEN311_MEDIA_URLS": "`1`: photos are fetched from the `media_url` of a report, from public addresses by"
        " https and from what `GRIDWARD_OUTGOING_ALLOWED` opens. `0`: the URL is stored and not opened.",
        "GRIDWARD_OPEN311_TOKENS": "`1`: services have the type `batch`, and a report is answered with a token, with which the"
        " portal asks for the id of the request. `0`: the type is `realtime`, and the answer has the id.",
    },
    "Base map": {
        "GRIDWARD_BASE_MAP": "A PMTiles file (version 3, Protomaps schema) with the vector base map of the maps of `/field`,"
        " `/console` and `/ogc`. `gridward basemap import` makes one ([base map](../how-to/base-map.md)).",
        "GRIDWARD_BASE_MAP_URL": "Tiles of a raster base map under the maps of `/field` and `/console`. Not together with"
        " `GRIDWARD_BASE_MAP`.",
        "GRIDWARD_BASE_MAP_CRS": "Coordinate system in which the tiles are drawn.",
        "GRIDWARD_BASE_MAP_ATTRIBUTION": "Text of the owner of the base map, which the maps show.",
        "GRIDWARD_BASE_MAP_ZOOM": "Deepest zoom level that has tiles. Beyond it the maps enlarge these tiles.",
    },
    "Streets": {
        "GRIDWARD_ROUTER_WALK_URL": "An OSRM server for ways on foot. Without it a way is a straight line times a factor.",
        "GRIDWARD_ROUTER_BICYCLE_URL": "An OSRM server for ways by bicycle.",
        "GRIDWARD_ROUTER_SNAP_M": "Largest distance in metres between a place and a street. Farther places use the straight"
        " line.",
        "GRIDWARD_ROUTER_PLACES_MOST": "Places in one request: at most `--max-table-size` of OSRM.",
        "GRIDWARD_ROUTER_SECONDS": "Longest time of one request. After a failure no request is sent for ten seconds.",
        "GRIDWARD_ROUTER_RUN_SECONDS": "Longest time of all requests of one batch or plan. Ways without an answer by then use"
        " the straight line.",
        "GRIDWARD_ROUTER_RANK_MS": "Longest time of a request while a report is dispatched, in milliseconds. 0: no request.",
    },
    "Photos and voice notes": {
        "MEDIA_STORE": "Place of the files: `file:///folder` or `s3://bucket/prefix?endpoint=https://host&region=r`."
        " Without it: the folder `media` in the state folder.",
        "GRIDWARD_MEDIA_SPOOL": "Folder for uploads while they arrive, as files without names that end with their process."
        " Without it: the folder `spool` in the state folder.",
        "GRIDWARD_MEDIA_LIMIT_BYTES": "Largest photo or voice note.",
        "GRIDWARD_MEDIA_MEGAPIXELS": "Largest photo in millions of pixels.",
        "GRIDWARD_MEDIA_UPLOAD_DAYS": "Days for which an upload can be resumed. Then its bytes are erased.",
        "GRIDWARD_MEDIA_LOOSE_DAYS": "Days for which a file is kept that belongs to no case and no visit.",
        "GRIDWARD_UPLOADS_PER_HOUR": "Uploads that one account may begin in an hour; more answer 429"
        " `upload_quota_reached`.",
        "GRIDWARD_UPLOAD_MB_PER_DAY": "Megabytes that one account may upload in 24 hours.",
    },
    "Synchronisation and event streams": {
        "GRIDWARD_PUSH_LIMIT_BYTES": "Largest body of a push, decompressed.",
        "GRIDWARD_PUSH_OP_LIMIT_BYTES": "Largest operation of a push. A larger one is rejected by itself and kept.",
        "GRIDWARD_PUSH_SECONDS": "Longest time of a push. The device sends the rest again.",
        "GRIDWARD_LATE_HOURS": "Hours for which work of a device is accepted after its grid was given to another worker. A step"
        " of a case is backdated by no more than this.",
        "GRIDWARD_APPLIED_OP_DAYS": "Days for which a repeated request is recognised; longer than any device keeps its queue.",
        "GRIDWARD_DEAD_LETTER_DAYS": "Days for which operations that could not be applied are kept.",
        "GRIDWARD_CHANGE_LOG_DAYS": "Days for which changes are kept. A client that was away for longer begins anew.",
        "GRIDWARD_STREAM_PING_SECONDS": "An idle event stream gets a ping at this interval; shorter than the idle limit of the"
        " proxy.",
        "GRIDWARD_STREAMS_PER_ACCOUNT": "Event streams of one account in one server process.",
        "GRIDWARD_STREAMS_PER_PROCESS": "Event streams of one server process. Each needs an open file.",
        "GRIDWARD_QUOTAS": "Requests of one caller in a minute, by class of work; a class that is left out keeps its default."
        " `docs/reference/quotas.md` has the classes and the defaults. `off`: no quotas.",
    },
    "Exports and maps": {
        "GRIDWARD_EXPORT_DAYS": "Days for which files of exports are kept, and for which a request waits for a second person.",
        "GRIDWARD_EXPORT_HOMES_ALONE": "Households that one person may export in a day without a second person. 0: none.",
        "GRIDWARD_EXPORT_AT_ONCE_ROWS": "Largest export that is answered at once. A job does larger ones.",
        "GRIDWARD_EXPORT_AT_ONCE_SECONDS": "Longest statement of an export that is answered at once.",
        "GRIDWARD_TILE_CACHE_MB": "Memory of each server process for tiles that it has made, in megabytes.",
    },
    "People and privacy": {
        "GRIDWARD_LOCATES_PER_HOUR": "Requests for places of workers that one account may send in an hour.",
        "GRIDWARD_CANDIDATES_PER_HOUR": "Requests for candidates of a case, with distances of workers, that one account may"
        " send in an hour.",
        "GRIDWARD_POSITION_DAYS": "Days for which single positions are kept.",
        "GRIDWARD_TRACK_DAYS": "Days for which the line of a duty is kept, which is made of them.",
        "GRIDWARD_PLAN_DAYS": "Days for which the plan of a past day is kept.",
        "GRIDWARD_DISPATCH_INPUT_DAYS": "Days for which the input of a batch of dispatch is kept, which has distances of"
        " workers. Until then the batch can be decided again.",
        "GRIDWARD_SOS_ESCALATE_MINUTES": "Time until the next level is told of a call for help that nobody acknowledges.",
        "GRIDWARD_SOS_PLACE_HOURS": "Hours for which the place of a closed call for help is kept.",
        "GRIDWARD_REPORTER_DAYS": "Days after the end of a case until its reporter is erased (name, number, words), unless the"
        " reporter has an account. 0: never.",
        "GRIDWARD_ERASURE_LEDGER": "Folder outside the database that lists erased people, for the time after a restore.",
    },
    "Other systems": {
        "GRIDWARD_WEBHOOK_PAUSES": "Pauses between the attempts to deliver a webhook, in seconds. One attempt more than pauses"
        " fails: the message is a dead letter.",
        "GRIDWARD_WEBHOOK_FAILING_DAYS": "Days for which every attempt of a subscription to webhooks fails until it is paused.",
    },
    "E-mail and SMS": {
        "GRIDWARD_MAIL_SERVER": "Server that sends e-mail: `smtp://user@host:587` (STARTTLS is demanded), `smtps://user@host:465`"
        " (TLS from the beginning), or `smtp-plain://host:25` (no TLS and no password, for a relay on this machine). Without it"
        " no e-mail is sent.",
        "GRIDWARD_MAIL_FROM": "Address of the sender of e-mails.",
        "GRIDWARD_MAIL_PASSWORD_FILE": "File with the password of the user of the mail server.",
        "GRIDWARD_SMS_URL": "Address of the SMS gateway, which gets each message by POST: `docs/how-to/messages.md`. A host on"
        " a private network needs `GRIDWARD_OUTGOING_ALLOWED`. Without it no SMS is sent.",
        "GRIDWARD_SMS_TOKEN_FILE": "File with the bearer token for the gateway.",
        "GRIDWARD_SMS_COUNTRIES": "Country codes to which SMS are sent. A number without a country code is one of the first.",
        "GRIDWARD_SMS_PER_HOUR": "SMS of one telephone number that are applied within an hour. Further ones are stored only.",
        "GRIDWARD_NOTICE_DAYS": "Days after the end of a notice for which the states of its households are stored. The "
        "numbers by state stay.",
        "GRIDWARD_MESSAGES_PER_DAY": "Most e-mails or SMS to one address in 24 hours. Further ones wait.",
    },
    "Demo": {
        "GRIDWARD_DEMO": "1 builds the demo city, which `make run` does.",
        "GRIDWARD_DEMO_PASSWORD": "Password of the demo's accounts. Where other machines can reach the server,"
        " `bin/run` draws a password at random, prints it and stores it in `demo-password` in the state"
        " folder. `/api/docs` signs in with the default only, and only where no other machine can reach the server.",
    },
}
