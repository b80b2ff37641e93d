"""Statement on how well deadlines are kept, over public cases only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.public.scope import is_public

_PUNCTUALITY = Fragment(
    """
    select i.category, count(*) due, count(*) filter (where d.outcome = 'met') on_time
    from incident i join deadline d on d.incident_id = i.id
    where d.stage = 'handle' and d.deleted_at is null and d.outcome in ('met', 'overdue')
      and i.reported_at >= :since and {is_public}
    group by i.category
    """,
    is_public=is_public(),
)


def punctuality(session: Session, binds: dict[str, Any], *, since: datetime) -> Sequence[RowMapping]:
    """Return for each category the public cases whose deadline of handling ended: `due`, and `on_time` of them."""
    return session.execute(_PUNCTUALITY, binds | {"since": since}).mappings().all()
