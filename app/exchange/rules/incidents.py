"""Fields of an import of incidents, with the names that other systems use for them.

The other systems are 311 systems and city-management platforms (数字城管).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.exchange.rules.cell_readers import Moment, number_of, plain
from app.exchange.rules.contract import Field, JudgedRow
from app.exchange.rules.faults import Fault, Unreadable
from app.exchange.rules.field_texts.fields import with_texts
from app.exchange.rules.text_readers import text_up_to
from app.incidents.cases.rules.names import STATUSES

# States of other systems; a remark in brackets, as in "Closed (Duplicate)", is ignored.
_CLOSED = ("closed", "close", "completed", "complete", "resolved", "done", "archived", "finished", "not filed", "force closed",
           "已结案", "结案", "已办结", "办结", "已完成", "完成", "已关闭", "关闭", "已归档", "归档", "已处置")  # fmt: skip
_OPEN = ("open", "opened", "new", "pending", "in progress", "inprogress", "assigned", "submitted", "received",
         "acknowledged", "on hold", "started", "reopened", "unresolved",
         "collected", "verifying", "filed", "dispatched", "accepted", "handling", "fed back", "checking",
         "returned", "deferred", "on books", "rework",
         "未结案", "待处理", "处理中", "办理中", "处置中", "已派遣", "待派遣", "已立案", "立案", "已受理", "受理",
         "新建", "待办")  # fmt: skip


# The states of an exported sheet, in words.
_ENDED_STATES = ("closed", "not_filed", "force_closed")
_OWN_ENDED = {word.casefold() for state in _ENDED_STATES for word in STATUSES[state]}
_OWN_OPEN = {word.casefold() for pair in STATUSES.values() for word in pair} - _OWN_ENDED


def _status(value: Any) -> str:
    text = plain(value).casefold().split("(")[0].split("（")[0].strip().replace("_", " ")
    if text in _CLOSED or text in _OWN_ENDED:
        return "closed"
    if text in _OPEN or text in _OWN_OPEN:
        return "open"
    raise Unreadable("status_unknown")


def fields(read_time: Any) -> Sequence[Field]:
    """Return the fields of an import of incidents, with the names of their columns.

    Args:
        read_time: Parses times in the time zone of the source.
    """
    return with_texts("incidents", (
        Field(
            "key",
            text_up_to(200),
            ("ServiceRequestNum", "service_request_id", "request_id", "requestid", "sr_number", "srnumber",
             "unique_key", "case_id", "caseid", "case_no", "case_enquiry_id", "ticket_id", "incident_id", "id",
             "案卷号", "案卷编号", "案件编号", "工单号", "工单编号", "任务号", "编号"),
            # An export of ours has the number of the case beside its id.
            preferred=("id",),
        ),
        Field("lat", number_of, ("latitude", "lat", "y", "y_coord", "northing", "纬度", "y坐标", "北坐标"),
              required=True, may_be_empty=True),
        Field("lon", number_of, ("longitude", "lon", "lng", "long", "x", "x_coord", "easting", "经度", "x坐标", "东坐标"),
              required=True, may_be_empty=True),
        Field("category", text_up_to(200), ("SRType", "sr_type", "type", "request_type", "complaint_type", "service_name",
              "service_code", "problem_type", "case_type", "类别", "案件类别", "问题类别", "事件类别", "类型",
              "案件类型", "小类")),
        Field("description", text_up_to(4000), ("descriptor", "details", "comments", "resolution_notes", "status_notes",
              "描述", "情况", "情况描述", "情况说明", "问题描述", "事件描述", "内容", "案情描述")),
        Field("address", text_up_to(500), ("incident_address", "location", "street_address", "full_address",
              "地址", "事发地址", "发生地址", "位置描述", "地址描述")),
        Field("reported_at", read_time, ("CreatedDate", "date_created", "created", "created_at", "creation_date",
              "requested_datetime", "requested_date", "open_date", "opened", "open_dt", "reported", "report_time",
              "上报时间", "受理时间", "创建时间", "登记时间", "发现时间", "立案时间"), required=True),
        Field("closed_at", read_time, ("CloseDate", "closed_date", "date_closed", "closed", "close_dt", "completion_date",
              "resolved_at", "结案时间", "办结时间", "完成时间", "关闭时间")),
        Field("status", _status, ("SRStatus", "sr_status", "state", "case_status", "request_status",
              "状态", "案卷状态", "案件状态", "办理状态")),
        Field("channel", text_up_to(100), ("MethodReceived", "method_received", "source", "origin", "received_via",
              "open_data_channel_type", "来源", "问题来源", "上报渠道", "案件来源")),
        Field("reporter_name", text_up_to(100), explicit=True),
        Field("reporter_phone", text_up_to(40), explicit=True),
    ))  # fmt: skip


def finisher(columns: dict[str, str | None], *, is_projected: bool, now: datetime) -> Any:
    """Return a function that checks the point and the times of a row, and adds faults.

    Args:
        is_projected: The coordinates are metres, not degrees.
    """

    def finish(judged: JudgedRow) -> None:
        _check_point(judged, is_projected=is_projected, column=columns.get("lat"))
        _check_times(judged, columns, now)

    return finish


def _check_point(judged: JudgedRow, *, is_projected: bool, column: str | None) -> None:
    lon, lat = judged.values.get("lon"), judged.values.get("lat")
    if judged.row.shape is not None and not judged.row.shape.is_empty:
        point = judged.row.shape.representative_point()
        judged.values |= {"lon": point.x, "lat": point.y}
        lon, lat = point.x, point.y
    if lon is None or lat is None or not is_usable(lon, lat, is_projected=is_projected):
        judged.faults.append(Fault("no_usable_point", column))


def is_usable(lon: float, lat: float, *, is_projected: bool) -> bool:
    """Return True if two numbers can be the coordinates of a point.

    Placeholders for a missing point, such as 0, are refused.
    """
    if lon == 0 and lat == 0:
        return False
    if is_projected:
        return abs(lon) < 1e9 and abs(lat) < 1e9
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return False
    return not (float(lon).is_integer() and float(lat).is_integer())


def _check_times(judged: JudgedRow, columns: dict[str, str | None], now: datetime) -> None:
    reported: Moment = judged.values["reported_at"]
    closed: Moment | None = judged.values.get("closed_at")
    status = judged.values.get("status") or ("closed" if closed else "open")
    judged.values["status"] = status
    if reported.at > now:
        judged.faults.append(Fault("in_future", columns.get("reported_at")))
    judged.values["reported_at"] = reported.at
    if status == "open":
        judged.values["closed_at"] = None
        return
    if closed is None:
        judged.faults.append(Fault("closed_without_time", columns.get("closed_at")))
        return
    closed_at = closed.at
    if closed_at < reported.at and closed.later is not None:
        closed_at = closed.later
    if closed_at < reported.at:
        judged.faults.append(Fault("closed_before_reported", columns.get("closed_at")))
    if closed_at > now:
        judged.faults.append(Fault("in_future", columns.get("closed_at")))
    judged.values["closed_at"] = closed_at
