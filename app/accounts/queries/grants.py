"""SQL expressions of an account's valid grants as JSON.

A statement that uses one of these expressions must read the table `account`.
"""

from app.accounts.models import Account
from app.core.db import Fragment

# JSON list of [role, area id, unit id] of the live grants of `account`.
GRANT_SCOPES = Fragment(
    """
    (select json_agg(json_build_array(g.role, g.area_id, g.unit_id) order by g.id)
     from account_grant g
     where g.account_id = {account_id} and g.revoked_at is null and g.deleted_at is null)
    """,
    account_id=Account.id,
)

# JSON list of the live grants of `account` as objects.
GRANTS = Fragment(
    """
    (select coalesce(json_agg(json_build_object(
       'id', g.id, 'role', g.role, 'area_id', g.area_id, 'unit_id', g.unit_id) order by g.id), '[]')
     from account_grant g where g.account_id = {account_id} and g.revoked_at is null)
    """,
    account_id=Account.id,
)
