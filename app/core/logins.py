"""Database logins: which process uses which login, how logins are made, and which ones are refused.

The owner only migrates. Requests log in as `gridward_app`, jobs and operators' commands as `gridward_job`. Both are login
roles and members of no other role, so an injected SET ROLE or RESET ROLE gives no further rights. Their rights come from
the migrations.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from app.settings import Settings

APP = "gridward_app"
JOB = "gridward_job"
# The setting that names another login than the one that is made by `gridward db upgrade`.
VARIABLE = {APP: "GRIDWARD_APP_DATABASE_URL", JOB: "GRIDWARD_JOB_DATABASE_URL"}
MANUAL = "docs/how-to/operations.md, Database logins"
CONNECT_SECONDS = 10
ATTEMPTS = 10

# Whoever is a member of one of these reads or writes files of the database's machine, runs programs there, or reads
# and writes every table.
_POWERS = (
    "pg_execute_server_program",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_read_all_data",
    "pg_write_all_data",
)

_OWNERS = """
  with owners (oid) as (
    select datdba from pg_database where datname = current_database()
    union select nspowner from pg_namespace where nspname in ('public', 'jobs')
    union select c.relowner from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'jobs')
  )
"""
# Both are constants.
_LOGIN = (
    _OWNERS  # noqa: S608
    + """
  select
    r.rolname::text as login,
    r.rolsuper as is_superuser,
    array_remove(array[
      case when r.rolcreaterole then 'CREATEROLE' end,
      case when r.rolbypassrls then 'BYPASSRLS' end,
      case when r.rolreplication then 'REPLICATION' end], null) as attributes,
    array(select o.rolname::text from pg_roles o join owners using (oid)
      where pg_has_role(r.oid, o.oid, 'member') order by 1) as owned_by,
    array(select p.rolname::text from pg_roles p
      where p.rolname = any(%(powers)s) and pg_has_role(r.oid, p.oid, 'member') order by 1) as powers,
    exists (select from pg_namespace where nspname = 'public' and has_schema_privilege(r.oid, oid, 'create'))
      as may_create,
    exists (select from pg_roles w where w.rolname = %(role)s and pg_has_role(r.oid, w.oid, 'usage')) as has_rights
  from pg_roles r where r.rolname = session_user
"""
)
_MAY_MIGRATE = (
    _OWNERS  # noqa: S608
    + "select exists (select from owners where pg_has_role(session_user, oid, 'member'))"
)


class LoginRefused(Exception):
    """Raised for a login that has too many or too few rights, or that cannot connect.

    The message tells the operator what to do.
    """


def url_of(settings: Settings, role: str) -> str:
    """Return the URL to which a process with the rights of `role` connects.

    The result is empty if neither the URL of the role nor that of the owner is set.
    """
    configured = settings.app_database_url if role == APP else settings.job_database_url
    return configured or (login_url(settings.database_url, role) if settings.database_url else "")


def login_url(url: str, role: str) -> str:
    """Return the URL of the same database with the login `role`.

    If the owner has a password (in the URL or in PGPASSWORD), the password of `role` is derived from it by scrypt: `prepare`
    sets it, and every process that knows the owner's URL can compute it. Else the database must accept `role` by another
    method, such as the user of the operating system or a .pgpass file.
    """
    parsed = make_url(url)
    if parsed.username == role:
        return url
    password = parsed.password or os.environ.get("PGPASSWORD")
    role_url = URL.create(
        parsed.drivername,
        username=role,
        password=_derived(str(password), role) if password else None,
        host=parsed.host,
        port=parsed.port,
        database=parsed.database,
        query=parsed.query,
    )
    return role_url.render_as_string(hide_password=False)


@lru_cache
def _derived(password: str, role: str) -> str:
    """Return the password of `role`, derived from the owner's password.

    The owner's password cannot be computed from the result. It can only be guessed if it is weak.
    """
    return hashlib.scrypt(password.encode(), salt=role.encode(), n=2**14, r=8, p=1, dklen=24).hex()


def prepare(owner: Any, urls: Mapping[str, str]) -> None:
    """Let the roles `gridward_app` and `gridward_job` log in. Idempotent.

    Args:
        owner: A psycopg connection as the owner, outside a transaction. Its statements are committed.
        urls: For each role the URL with which it will log in. A password in the URL is set, unless the login works already.

    Raises:
        LoginRefused: The owner may not change roles. The message has the statements that a superuser has to run.
    """
    for role, url in urls.items():
        parsed = make_url(url)
        if parsed.username != role:
            continue  # a login that the operator made
        try:
            _retry_after_race(owner, partial(_enable_login, owner, role))
            if parsed.password and not _can_connect(url):
                _retry_after_race(owner, partial(_set_password, owner, role, str(parsed.password)))
        except psycopg.errors.InsufficientPrivilege as error:
            owner.rollback()
            raise LoginRefused(
                f"The owner of the database may not make the login {role}: {_text(error)}. As a superuser run"
                f" `alter role {role} login` (and give it a password, if it comes with one), then repeat this."
            ) from error


def _retry_after_race(owner: Any, act: Callable[[], None]) -> None:
    """Run `act`, and repeat it if it collided with the preparation of another database.

    Such a collision is possible because all databases of a PostgreSQL cluster share their roles.
    """
    for attempts_left in range(ATTEMPTS - 1, -1, -1):
        try:
            return act()
        except (
            psycopg.errors.InternalError_,
            psycopg.errors.DuplicateObject,
            psycopg.errors.UniqueViolation,
        ):
            owner.rollback()
            if attempts_left == 0:
                raise
            time.sleep(0.1)


def _enable_login(owner: Any, role: str) -> None:
    name = sql.Identifier(role)
    state = owner.execute(
        """
        select r.rolcanlogin, has_database_privilege(r.oid, d.oid, 'connect'), d.datname,
          has_schema_privilege(r.oid, 'public', 'create')
        from pg_roles r, pg_database d where r.rolname = %s and d.datname = current_database()
        """,
        [role],
    ).fetchone()
    if state is None:
        owner.execute(sql.SQL("create role {} login").format(name))
        owner.commit()
        return _enable_login(owner, role)
    can_log_in, can_connect, database, may_create = state
    if not can_log_in:
        owner.execute(sql.SQL("alter role {} login").format(name))
    if not can_connect:
        owner.execute(sql.SQL("grant connect on database {} to {}").format(sql.Identifier(database), name))
    if may_create:  # a database that an upgrade brought from PostgreSQL 14
        owner.execute("revoke create on schema public from public")
    owner.commit()


def _set_password(owner: Any, role: str, password: str) -> None:
    # Encrypted here: the server's log never sees more than the verifier.
    verifier = owner.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    owner.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(verifier)))
    owner.commit()


def _can_connect(url: str) -> bool:
    try:
        _connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def conninfo(url: str) -> dict[str, str]:
    """Return the libpq connection string of a URL as SQLAlchemy reads it.

    libpq itself refuses a URL with a space in the password.
    """
    parsed = make_url(url)
    names = {"username": "user", "password": "password", "host": "host", "port": "port", "database": "dbname"}
    parameters = {name: getattr(parsed, field) for field, name in names.items()}
    query = {
        name: value if isinstance(value, str) else ",".join(value) for name, value in parsed.query.items()
    }
    return {name: str(value) for name, value in parameters.items() if value is not None} | query


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(**conninfo(url), connect_timeout=CONNECT_SECONDS, autocommit=True)  # type: ignore[arg-type]


def login_fault(connection: Any, role: str) -> str | None:
    """Return a text on what is wrong with the login of a psycopg connection, or None.

    The login must have the rights of `role` and no others. The login is `session_user`, because RESET ROLE returns to this user
    after SET ROLE.
    """
    cursor = connection.execute(_LOGIN, {"role": role, "powers": list(_POWERS)})
    login, is_superuser, attributes, owners, powers, may_create, has_rights = cursor.fetchone()
    if is_superuser:
        reason = "is a superuser"
    elif login in owners:
        reason = "owns the schema or the database"
    elif owners:
        reason = f"is a member of {owners[0]}, which owns the schema or the database"
    elif attributes or powers:
        reason = f"has {', '.join([*attributes, *powers])}"
    elif may_create:
        reason = "may create objects in the schema public"
    elif not has_rights:
        return f"The login {login} does not have the rights of {role}. {_remedy(role)}"
    else:
        return None
    return f"The login {login} {reason}: one injected statement could switch off the audit trail. {_remedy(role)}"


def may_migrate(connection: Any) -> bool:
    """Return True if the login of a psycopg connection can change the schema.

    This is so if the login owns the database or its tables, or can become their owner.
    """
    return bool(connection.execute(_MAY_MIGRATE).fetchone()[0])


def _remedy(role: str) -> str:
    return (
        f"Let {VARIABLE[role]} name the login {role}, which `gridward db upgrade` makes,"
        f" or another one with its rights and no more ({MANUAL})."
    )


def check_login(url: str, role: str) -> str:
    """Connect once, check the rights of the login, and return its name.

    Raises:
        LoginRefused: The login has too many rights, or not those of `role`.
        psycopg.OperationalError: The database is unavailable, or refuses this login.
    """
    with _connect(url) as connection:
        reason = login_fault(connection, role)
        if reason:
            raise LoginRefused(reason)
        return str(connection.info.user)


def connection_refused_message(url: str, role: str, error: psycopg.Error) -> str:
    """Return a message about a login that could not connect.

    It contains the message of the database, and tells the operator what to do.
    """
    return (
        f"The database was not reached as {make_url(url).username or 'the user of this process'}: {_text(error)}."
        f" If it refuses the login, run `gridward db upgrade` as the owner, and see that pg_hba.conf or a password"
        f" lets {role} in ({MANUAL})."
    )


def _text(error: psycopg.Error) -> str:
    return " ".join(str(error).split()).rstrip(".")
