"""Fragments: SQL text with holes, without string formatting."""

import pytest
from sqlalchemy import Uuid, bindparam, literal, or_, select
from sqlalchemy.orm import aliased

from app.core.db import Fragment, RowRule, as_sql, raw_read, read_session, unscoped, unscoped_reasons
from app.dispatch.models import Offer
from app.incidents.models import Incident


def numbered(statement):
    compiled = raw_read._compile(statement)
    return compiled.numbered_sql, [compiled.own_binds[name] for name in compiled.names]


def test_values_in_holes_become_binds_that_do_not_collide():
    parts = [Fragment("x = {limit}", limit=n) for n in (1, 2)]
    both = Fragment("select {first} or {second}", first=parts[0], second=parts[1])
    assert numbered(both) == ("select x = $1 or x = $2", [1, 2])


def test_value_with_sql_in_it_is_sent_as_a_value():
    sql, values = numbered(Fragment("select {name}", name="'; drop table incident; --"))
    assert (sql, values) == ("select $1", ["'; drop table incident; --"])


def test_binds_of_one_name_mean_one_value():
    sql, _ = numbered(Fragment("select {a}, {a}, :now", a=Fragment(":now")))
    assert sql.count("$1") == 3


def test_braces_without_a_name_are_text():
    assert as_sql(Fragment("select '{}', '{a,b}'")) == "select '{}', '{a,b}'"


@pytest.mark.parametrize("holes", [{}, {"incident": 1, "other": 2}])
def test_hole_without_filling_and_filling_without_hole_are_refused(holes):
    with pytest.raises(ValueError, match="holes and their fillings differ"):
        Fragment("select {incident}", **holes)


def test_correlated_sub_select_takes_its_table_from_the_text_around_it():
    has_offer = select(Offer.id).where(Offer.incident_id == Incident.id).correlate(Incident).exists()
    sql = as_sql(Fragment("select id from incident where {has_offer}", has_offer=has_offer))
    assert "FROM offer \n" in sql
    assert "offer, incident" not in sql


def test_or_in_a_hole_stands_in_parentheses():
    either = or_(Incident.status == "a", Incident.status == "b")
    sql = as_sql(Fragment("select 1 from incident where not {either} and true", either=either))
    assert "not (incident.status" in sql


def test_alias_stands_in_a_hole_as_table_and_as_column():
    other = aliased(Incident, name="other_case")
    sql = as_sql(Fragment("select {id} from {table}", id=other.id, table=other))
    assert sql == "select other_case.id from incident AS other_case"


def test_condition_in_a_select_adds_no_table():
    statement = select(Offer.id).where(
        Fragment("exists (select from incident where id = {id})", id=Incident.id)
    )
    assert "FROM offer" in str(statement) and "offer, incident" not in str(statement)


def test_statement_of_another_constant_is_another_statement():
    """The key of a shape lacks constants that stand in the text."""
    limits = [numbered(select(Incident.id).limit(literal(n, literal_execute=True)))[0][-1] for n in (3, 4)]
    assert limits == ["3", "4"]


def test_fragments_of_one_shape_are_compiled_once():
    before = len(raw_read._shapes)
    for n in range(3):
        numbered(Fragment("select 'one shape', {n}", n=n))
    assert len(raw_read._shapes) == before + 1


def test_columns_of_a_select_in_a_hole_are_not_those_of_the_result(app):
    """Seen red where a fragment was written without an entry on the compiler's stack."""
    numbers = select(Fragment("generate_series(1, {most})", most=2).label("number"))
    statement = Fragment("select count(*) many from {numbers} numbers", numbers=numbers)
    with read_session() as session:
        assert session.execute(statement).mappings().one() == {"many": 2}


def test_rule_is_written_as_its_condition():
    rule = RowRule(Incident.reported_by == bindparam("me", None, Uuid()), "incident")
    assert as_sql(rule) == "(incident.reported_by = :me /* rule of incident */)"


def test_condition_in_hole_keeps_its_parentheses_beside_and():
    either = or_(Fragment("a = 1"), Fragment("b = 2"))
    assert as_sql(Fragment("c = 3 and {either}", either=either)) == "c = 3 and ((a = 1) OR (b = 2))"


def test_fragment_is_marked_as_unscoped_and_keeps_its_text():
    fragment = Fragment("select name from worker where id = {id}", id=1)
    marked = unscoped(fragment, worker="name of a handler")
    assert unscoped_reasons(marked) == {"worker": "name of a handler"}
    assert unscoped_reasons(fragment) == {}
    assert numbered(marked) == numbered(fragment)


def test_bind_that_may_be_null_keeps_its_type():
    area_id = bindparam("area_id", None, Uuid())
    fragment = Fragment("select 1 where {condition}", condition=area_id.is_(None))
    assert numbered(fragment)[0] == "select 1 where ($1::UUID IS NULL)"
