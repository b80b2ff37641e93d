"""SQL expressions that describe an audit event in a sentence with actor, act and object.

The surrounding statement must have the tables `audit_event` as `e` and `account` (of the actor) as `a`, and the name of the
object as `l.label`.
"""

import orjson

from app.accounts.rules import acts
from app.core.db import Fragment

# The present name of the object of an act. Households, residents and reporters have none here.
LABEL = Fragment(
    """
    case e.entity
      when 'incident' then (select i.case_no from incident i where i.id = e.entity_id)
      when 'area' then (
        select v.code from area_version v where v.area_id = e.entity_id order by lower(v.valid) desc limit 1)
      when 'unit' then (select u.code from unit u where u.id = e.entity_id)
      when 'jurisdiction' then (select j.code from jurisdiction j where j.id = e.entity_id)
      when 'account' then (select t.name from account t where t.id = e.entity_id)
      when 'worker' then (select t.name from account t where t.id = e.entity_id)
      when 'shift' then (select t.name from shift s join account t on t.id = s.worker_id where s.id = e.entity_id)
      when 'responsibility' then (
        select t.name from responsibility r join account t on t.id = r.worker_id where r.id = e.entity_id)
    end
    """
)
# Suffix of the key of an act that has another sentence under a condition: `<action>.<variant>`, if there is one.
_VARIANT = Fragment(
    """
    case when e.entity_id is null then '.unknown'
         when cast(e.detail ->> 'in_force_from' as timestamptz) > e.occurred_at then '.ahead' end
    """
)


def sentence_of(language: str) -> Fragment:
    """Return the SQL expression of an audit event's sentence in a language, `en` or `zh`."""
    templates = {action: sentences[language] for action, sentences in acts.templates().items()}
    operator = Fragment(
        """
        replace(replace(cast({template} as text),
          {user}, coalesce(e.detail #>> '{operator,login}', e.detail #>> '{operator,user}')),
          {command}, e.detail #>> '{operator,command}')
        """,
        template=acts.OPERATOR[language],
        user="{user}",
        command="{command}",
    )
    actor = Fragment(
        """
        case
          when e.actor_kind <> 'system' then concat(coalesce(a.name, {somebody}),
            case when e.detail ? 'operator' then format({through}, {operator}) end)
          when e.detail ? 'operator' then {operator}
          else {system} end
        """,
        somebody=acts.SOMEBODY[language],
        through=acts.THROUGH[language],
        system=acts.SYSTEM_NAME[language],
        operator=operator,
    )
    return Fragment(
        """
        replace(replace(replace(
          coalesce(cast({templates} as jsonb) ->> (e.action || {variant}), cast({templates} as jsonb) ->> e.action,
                   cast({templates} as jsonb) ->> ''),
          {who}, {actor}),
          {what}, coalesce(l.label, '…')),
          {action}, e.action)
        """,
        templates=orjson.dumps(templates).decode(),
        variant=_VARIANT,
        actor=actor,
        who="{who}",
        what="{what}",
        action="{action}",
    )


# JSON object of the sentence by language.
SENTENCES = Fragment(
    "json_build_object('en', {english}, 'zh', {chinese})",
    english=sentence_of("en"),
    chinese=sentence_of("zh"),
)
