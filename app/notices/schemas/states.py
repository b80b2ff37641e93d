"""Schemas of the states of households, of receipts and of opt-outs."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.notices.rules.notices import CHANNELS, HOUSEHOLD_STATES, PURPOSES, RECEIPT_STATES
from app.notices.schemas.notices import NoticeArea, NoticePerson, ShownHousehold

_TOLD_BY = {
    "description": "The person who recorded the newest telling or answer; null: nobody, or the household itself"
}


class AddresseeFilter(Schema):
    state = fields.CommaList(
        choices=list(HOUSEHOLD_STATES), metadata={"description": "Only these states, separated by commas"}
    )
    grid_id = ma.fields.UUID()
    in_no_grid = fields.Boolean(
        load_default=False, metadata={"description": "True: only households in no grid"}
    )
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class AddresseeOut(Schema):
    household = ma.fields.Nested(ShownHousehold, metadata={"description": "The household"})
    state = fields.Choice(HOUSEHOLD_STATES, metadata={"description": "State of the notice at the household"})
    state_at = fields.Instant(metadata={"description": "When this happened (RFC 3339)"})
    channels = ma.fields.List(
        fields.Choice(CHANNELS), metadata={"description": "Channels that are open to it; empty: it opted out"}
    )
    told_by = ma.fields.Nested(NoticePerson, allow_none=True, metadata=_TOLD_BY)


class AddresseePage(Schema):
    items = ma.fields.List(ma.fields.Nested(AddresseeOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class NoticeStep(Schema):
    state = fields.Choice(HOUSEHOLD_STATES, metadata={"description": "What happened"})
    channel = fields.Choice(CHANNELS, metadata={"description": "Through which channel"})
    by = ma.fields.Nested(
        NoticePerson, allow_none=True, metadata={"description": "Who recorded it; null: the household itself"}
    )
    occurred_at = fields.Instant()
    recorded_at = fields.Instant(metadata={"description": "When the server stored it (RFC 3339)"})


class DeliveryOut(Schema):
    channel = fields.Choice(CHANNELS, metadata={"description": "The channel"})
    sent_at = fields.Instant(
        allow_none=True, metadata={"description": "When it went out through this channel; null: it did not"}
    )
    opened_at = fields.Instant(
        allow_none=True, metadata={"description": "When the link was first opened; null: it was not"}
    )
    revoked_at = fields.Instant(
        allow_none=True, metadata={"description": "When the link or code was revoked; null: it was not"}
    )


class AddresseeDetail(AddresseeOut):
    history = ma.fields.List(
        ma.fields.Nested(NoticeStep),
        metadata={"description": "Steps, the oldest first; the newest 200. Empty: nothing happened yet"},
    )
    deliveries = ma.fields.List(
        ma.fields.Nested(DeliveryOut), metadata={"description": "Delivery by channel; empty: it opted out"}
    )


class RecordReceipt(Schema):
    id = fields.Uuid7(required=True)
    state = fields.Choice(RECEIPT_STATES, required=True, metadata={"description": "What happened"})
    channel = fields.Choice(CHANNELS, metadata={"description": "Through which channel; absent: `visit`"})
    happened_at = fields.Instant(
        metadata={"description": "When it happened (RFC 3339), at most 31 days ago; absent: now"}
    )


class PushedReceipt(Schema):
    """A receipt that a phone sends by push, of a visit."""

    id = fields.Uuid7(required=True)
    notice_id = ma.fields.UUID(required=True, metadata={"description": "The notice"})
    household_id = ma.fields.UUID(required=True, metadata={"description": "The household"})
    state = fields.Choice(RECEIPT_STATES, required=True, metadata={"description": "What happened"})
    happened_at = fields.Instant(
        metadata={"description": "When it happened (RFC 3339), at most 31 days ago; absent: `client_at`"}
    )


class CoverageGrid(Schema):
    grid = ma.fields.Nested(
        NoticeArea, allow_none=True, metadata={"description": "The grid; null: households in no grid"}
    )
    addressed = fields.Integer(metadata={"description": "Addressees there"})
    households = fields.Integer(metadata={"description": "Addressees without those that opted out"})
    reached = fields.Integer(
        metadata={"description": "Those of them to whom it went out: each state from `sent` on"}
    )
    understood = fields.Integer(metadata={"description": "Those who answered that they understood"})
    needs_help = fields.Integer(metadata={"description": "Those who answered that they need help"})


class NoticeCoverage(Schema):
    notice_id = ma.fields.UUID(metadata={"description": "Id of the notice"})
    addressed = fields.Integer(
        metadata={"description": "Addressees in the caller's reach: the sum of `states`"}
    )
    households = fields.Integer(metadata={"description": "Addressees without those that opted out"})
    reached = fields.Integer(
        metadata={"description": "Those of them to whom it went out: each state from `sent` on"}
    )
    states = ma.fields.Dict(
        keys=ma.fields.String(),
        values=fields.Integer(),
        metadata={
            "description": "Addressees by state, each state named. `GET /notices/{notice_id}/households?state=` lists them"
        },
    )
    grid_count = fields.Integer(metadata={"description": "Number of grids with addressees"})
    grids = ma.fields.List(
        ma.fields.Nested(CoverageGrid),
        metadata={"description": "Grids, the lowest share of reached households first; at most 200"},
    )


class CoverageFilter(Schema):
    ids = fields.CommaList(
        required=True,
        metadata={"description": "Ids of notices, separated by commas, at most 100"},
    )


class CoverageNumbers(Schema):
    notice_id = ma.fields.UUID(metadata={"description": "Id of the notice"})
    addressed = fields.Integer(metadata={"description": "Addressees in the caller's reach"})
    households = fields.Integer(metadata={"description": "Addressees without those that opted out"})
    reached = fields.Integer(
        metadata={"description": "Those of them to whom it went out: each state from `sent` on"}
    )


class Coverages(Schema):
    items = ma.fields.List(ma.fields.Nested(CoverageNumbers), required=True)


class OptOut(Schema):
    purpose = fields.Choice(
        PURPOSES,
        required=True,
        allow_none=True,
        metadata={"description": "No notices of this purpose; null: of each purpose"},
    )
    channel = fields.Choice(
        CHANNELS,
        required=True,
        allow_none=True,
        metadata={"description": "No notices through this channel; null: through each channel"},
    )


class OptOutShown(OptOut):
    recorded_at = fields.Instant(metadata={"description": "Since when (RFC 3339)"})


class OptOuts(Schema):
    items = ma.fields.List(
        ma.fields.Nested(OptOut),
        required=True,
        validate=ma.validate.Length(max=50),
        metadata={"description": "What the household does not want; empty: it wants all notices"},
    )


class OptOutsShown(Schema):
    items = ma.fields.List(
        ma.fields.Nested(OptOutShown),
        required=True,
        metadata={"description": "What the household does not want; empty: it wants all notices"},
    )
