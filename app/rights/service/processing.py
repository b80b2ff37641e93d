"""The record of processing (GDPR 30, PIPL 55 and 56): the use of each personal field.

Recipients are computed from the permissions of roles, retention periods from settings and constants. Legal bases and
purposes are a proposal, which the controller of an installation confirms or changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.accounts.jobs import RETENTION as SIGN_INS_KEPT
from app.core.actor import ROLE_PERMISSIONS, Permission
from app.households.rules.register import CARE_DAYS_MAX, NOTE_DAYS_MAX
from app.settings import VARIABLES, Settings

P = Permission
PUBLIC_TASK = "public task (GDPR 6(1)(e); PIPL 13(1)(3), 34)"
CONSENT = "consent (GDPR 6(1)(a), 9(2)(a); PIPL 13(1)(1), 29)"
EMPLOYMENT = "employment or service contract (GDPR 6(1)(b), 88; PIPL 13(1)(2))"
SECURITY = "legitimate interest in security (GDPR 6(1)(f)); legal duty (PIPL 13(1)(3), 51)"
ACCOUNTABILITY = "legal duty to account for processing (GDPR 5(2), 6(1)(c); PIPL 54)"


@dataclass(frozen=True, slots=True)
class Retention:
    """The period for which a personal field is stored.

    Attributes:
        since: Event from which the period counts. If there is no period, a description of when the field is erased.
        setting: Name of the setting that has the period.
        days: The period in days, if no setting has it.
    """

    since: str
    setting: str | None = None
    days: int | None = None
    unit: str = "days"

    def to_dict(self, settings: Settings) -> dict[str, Any]:
        """Return the retention as JSON, with the period from these settings.

        A setting of 0 means that there is no limit. The period is then null.
        """
        variable = next((name for name, (field, *_) in VARIABLES.items() if field == self.setting), None)
        period = getattr(settings, self.setting) if self.setting else self.days
        return {"period": period or None, "unit": self.unit, "since": self.since, "setting": variable}


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity in which personal fields are used for one purpose.

    Args:
        fields: Personal fields, as `table.column`.
        receivers: Permissions that give access to the fields; empty: only the person concerned has access.
        is_masked: The fields are masked and shown in full only for a stated purpose.
        is_sensitive: The activity needs an impact assessment.
        others: Recipients who have none of these permissions, in words.
    """

    code: str
    people: str
    purpose: str
    fields: tuple[str, ...]
    basis: str
    retention: Retention
    receivers: tuple[Permission, ...]
    is_masked: bool = False
    is_sensitive: bool = False
    others: str = "none"

    def roles(self) -> list[str]:
        """Return the roles that have at least one of the permissions in `receivers`."""
        return [
            role.value for role, permissions in ROLE_PERMISSIONS.items() if permissions & set(self.receivers)
        ]


UNTIL_ERASED = Retention("until erased: DELETE /residents/{id}, on request or when the person has left")
UNTIL_CASE_IS_OVER = Retention("the end of the case; earlier on request", setting="reporter_days")
WITH_ACCOUNT = Retention("with the account, which is closed and not deleted: the history names who acted")

ACTIVITIES = (
    Activity(
        "register",
        "residents",
        "Keep the register of households: who lives where, so that services and help reach them",
        (
            *("resident.name", "resident.phone", "resident.email", "resident.registered_at"),
            *("resident.birth_year", "resident.is_registered_here", "resident.lives_here", "consent.purpose"),
        ),
        PUBLIC_TASK,
        UNTIL_ERASED,
        (P.RESIDENT_REVEAL,),
        is_masked=True,
    ),
    Activity(
        "addresses",
        "residents, owners of shops",
        "Find the premises",
        (
            *("premises.address", "premises.name", "premises.compound", "premises.building"),
            *("premises.unit", "premises.room", "household.label"),
        ),
        PUBLIC_TASK,
        Retention("as long as the premises stand in the register"),
        (P.ADDRESS_READ,),
        others="exports of homes (docs/reference/exports.md), with a second person above a number",
    ),
    Activity(
        "care",
        "residents who need help",
        "Give help that was agreed, for a purpose and until a day",
        ("care_tag.kind", "care_tag.purpose"),
        CONSENT,
        Retention(
            "the grant or its renewal at most, then ended; blanked when the resident is erased",
            days=CARE_DAYS_MAX,
        ),
        (P.RESIDENT_READ,),
        is_sensitive=True,
    ),
    Activity(
        "visits",
        "residents",
        "Know when a worker came and what is to be done",
        ("visit.note",),
        PUBLIC_TASK,
        Retention("the visit at most, for the note; the visit itself stays", days=NOTE_DAYS_MAX),
        (P.RESIDENT_READ,),
    ),
    Activity(
        "reports",
        "people who report something",
        "Ask the reporter questions, and reply",
        ("reporter.name", "reporter.phone", "reporter.email"),
        PUBLIC_TASK,
        UNTIL_CASE_IS_OVER,
        (P.REPORTER_REVEAL,),
        is_masked=True,
        others="the handlers of the case, if the reporter allowed it",
    ),
    Activity(
        "news",
        "people who report something and asked for messages",
        "Tell them by e-mail or SMS what became of their report",
        ("follow_contact.address", "message.address"),
        CONSENT,
        Retention(
            "the end of the case at most, and until they stop it; of a message until it is sent", days=60
        ),
        (P.MESSAGE_MANAGE,),
        is_masked=True,
    ),
    Activity(
        "sms",
        "people who send an SMS",
        "Do what it asks for, answer it, and let a person read what was not understood",
        ("incoming_sms.phone", "incoming_sms.words"),
        PUBLIC_TASK,
        Retention("the SMS arrived", days=90),
        (P.MESSAGE_MANAGE,),
        is_masked=True,
    ),
    Activity(
        "words_of_reports",
        "people who report something",
        "Handle what was reported",
        ("report.words", "report.attributes"),
        PUBLIC_TASK,
        UNTIL_CASE_IS_OVER,
        (P.INCIDENT_READ,),
        others="exports of cases, whose files are erased after `GRIDWARD_EXPORT_DAYS`",
    ),
    Activity(
        "photos",
        "staff who take photos",
        "Compare place and time, as the phone recorded them, with the case",
        ("media.claims",),
        EMPLOYMENT,
        Retention("with the photo; one that belongs to nothing is erased after GRIDWARD_MEDIA_LOOSE_DAYS"),
        (P.INCIDENT_DIRECT,),
    ),
    Activity(
        "staff",
        "workers, supervisors and other staff",
        "Let staff sign in, be assigned and be reached",
        ("account.name", "account.username", "worker.name", "worker.phone"),
        EMPLOYMENT,
        WITH_ACCOUNT,
        (P.WORKER_READ, P.INCIDENT_READ, P.ACCOUNT_MANAGE),
    ),
    Activity(
        "units",
        "contact persons of units",
        "Reach the unit that is responsible",
        ("unit.contact",),
        PUBLIC_TASK,
        Retention("as long as the unit stands in the register"),
        (P.AREA_READ,),
        is_masked=True,
    ),
    Activity(
        "positions",
        "workers on duty",
        "Send the nearest worker, and help in need",
        ("position.geom", "worker_position.geom"),
        EMPLOYMENT,
        Retention("the fix", setting="position_days"),
        (P.WORKER_LOCATE,),
        is_sensitive=True,
    ),
    Activity(
        "tracks",
        "workers on duty",
        "See which places no worker came to",
        ("duty_track.geom",),
        EMPLOYMENT,
        Retention("the duty", setting="track_days"),
        (P.WORKER_LOCATE,),
        is_sensitive=True,
    ),
    Activity(
        "calls_for_help",
        "workers in need",
        "Send help",
        ("sos.lon", "sos.lat", "sos.note"),
        "vital interests (GDPR 6(1)(d); PIPL 13(1)(4))",
        Retention("the call was closed", setting="sos_place_hours", unit="hours"),
        (P.WORKER_LOCATE,),
        is_sensitive=True,
    ),
    Activity(
        "sessions",
        "staff",
        "Protect accounts: sign-ins, devices, limits to guessing",
        ("session.address", "sign_in_attempt.address", "sign_in_attempt.username"),
        SECURITY,
        Retention("the failed sign-in; a session keeps its last address", days=SIGN_INS_KEPT.days),
        (),
    ),
    Activity(
        "offline_work",
        "residents, people who report something",
        "Apply what phones did offline, and let a person settle conflicts",
        ("sync_dead_letter.operation", "sync_dead_letter.explanation"),
        PUBLIC_TASK,
        Retention("the operation arrived", setting="dead_letter_days"),
        (P.INCIDENT_DIRECT,),
        is_masked=True,
    ),
    Activity(
        "audit_trail",
        "staff; people whose data was read, by id",
        "Account for who read and changed what, and why",
        ("audit_event.purpose", "audit_event.detail"),
        ACCOUNTABILITY,
        Retention("kept; names of erased people are blacked out"),
        (P.AUDIT_READ,),
    ),
    Activity(
        "erasures",
        "people who were erased, by id",
        "Erase them again after a restore",
        (),
        ACCOUNTABILITY,
        Retention("kept in the ledger for as long as the oldest backup"),
        (),
        others="the operator of the server",
    ),
)


def record_of_processing(settings: Settings) -> list[dict[str, Any]]:
    """Return the record of processing activities as JSON data.

    It says which personal data are kept, why, and how long. Retention periods are those of the server's settings.
    """
    return [
        {
            "code": activity.code,
            "people": activity.people,
            "purpose": activity.purpose,
            "fields": list(activity.fields),
            "basis": activity.basis,
            "kept": activity.retention.to_dict(settings),
            "receivers": activity.roles(),
            "other_receivers": activity.others,
            "is_masked": activity.is_masked,
            "is_sensitive": activity.is_sensitive,
        }
        for activity in ACTIVITIES
    ]


def processing_page() -> str:
    """Return the text of docs/reference/processing.md: the record under the default settings."""
    return "\n".join(_lines(record_of_processing(Settings()))) + "\n"


def _lines(record: list[dict[str, Any]]) -> Iterator[str]:
    yield from (
        "# Record of processing",
        "",
        "For the data protection officer: the personal fields that Gridward stores, with purpose, retention and receivers",
        "(GDPR 30, PIPL 55 and 56). Printed by `gridward docs processing`; a test compares, and fails for a personal field",
        "without an activity. `gridward docs processing --json` prints the record with the settings of your installation.",
        "",
        "You are the controller: confirm purposes and legal bases, or change them in a copy. *Masked*: shown for a purpose",
        "of a list, on the record. *Sensitive*: needs an impact assessment. Receivers are roles, within their places.",
        "",
        "| activity | people | purpose | fields | legal basis | kept | receivers | |",
        "|---|---|---|---|---|---|---|---|",
    )
    for entry in record:
        flags = [name for name in ("masked", "sensitive") if entry[f"is_{name}"]]
        receivers = ", ".join(entry["receivers"]) or "the person alone"
        others = "" if entry["other_receivers"] == "none" else f"; {entry['other_receivers']}"
        fields = ", ".join(f"`{field}`" for field in entry["fields"]) or "-"
        cells = (
            *(entry["code"], entry["people"], entry["purpose"], fields, entry["basis"]),
            *(_retention_text(entry["kept"]), receivers + others, ", ".join(flags)),
        )
        yield f"| {' | '.join(cells)} |"


def _retention_text(retention: dict[str, Any]) -> str:
    if retention["period"] is None and retention["setting"] is None:
        return str(retention["since"])
    unit = retention["unit"].removesuffix("s") if retention["period"] == 1 else retention["unit"]
    text = (
        f"{retention['period']} {unit} after {retention['since']}"
        if retention["period"]
        else f"no limit after {retention['since']}"
    )
    return f"{text} (`{retention['setting']}`)" if retention["setting"] else text
