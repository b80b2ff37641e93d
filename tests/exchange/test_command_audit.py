"""Audit events of real command processes name the operator and the command."""

import os
import pwd

from tests.exchange.places import CITY_311, Place, table_of, write_table

NAMED = """
  select distinct action, actor_kind, detail #>> '{operator,user}', detail #>> '{operator,command}' from audit_event
  where action in ('incident.report', 'sync.rotate_epoch', 'jurisdiction.create') and detail ? 'operator'
"""


def test_import_and_rotate_epoch_commands_record_operator_in_audit_trail(place: Place, tmp_path):
    few = tmp_path / "few.csv"
    write_table(few, table_of(CITY_311)[:12])
    assert "stored" in place.imports(few, "--partial")[1]
    assert place.run("sync", "rotate-epoch")[0] == 0
    assert place.count("incident") > 0
    user = pwd.getpwuid(os.getuid()).pw_name
    assert {tuple(row) for row in place.rows(NAMED)} == {
        ("incident.report", "system", user, "import incidents"),
        ("sync.rotate_epoch", "system", user, "sync rotate-epoch"),
    }
    everything = " ".join(str(row) for row in place.rows("select detail from audit_event"))
    assert "few.csv" not in everything and str(tmp_path) not in everything
