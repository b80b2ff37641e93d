"""What a redraw is asked, and what it may touch."""

from collections import Counter

WHOLE = (0, 0, 1, 1)


def part(city, suffix, box, id=None):
    area = {
        "code": f"{city.code}{suffix}",
        "name": {"zh": f"区{suffix}", "en": f"Area {suffix}"},
        "geometry": city.box(*box),
    }
    return area | ({"id": str(id)} if id else {})


def request(city, parent, replaces, *parts, reason="merged for the flood season"):
    return {
        "parent_id": str(city.ids[parent]) if parent else None,
        "replaces": [str(city.ids[suffix]) for suffix in replaces],
        "areas": list(parts),
        "reason": reason,
    }


def merge(city):
    return request(city, "-c", ["-g1", "-g2"], part(city, "-g3", WHOLE))


def codes(answer):
    return Counter((f["code"], *f["area_codes"]) for f in answer.json["findings"] if f["severity"] == "error")


def state(sql, city):
    """Everything that a redraw may touch."""
    return [
        sql(statement, id=city.jurisdiction_id)
        for statement in (
            "select * from area_version where jurisdiction_id = :id order by id",
            "select * from area where jurisdiction_id = :id order by id",
            "select * from premises where jurisdiction_id = :id order by id",
            "select * from household where jurisdiction_id = :id order by id",
            "select * from component where jurisdiction_id = :id order by id",
            "select r.* from responsibility r join area a on a.id = r.area_id "
            "where a.jurisdiction_id = :id order by r.id",
            "select g.* from account_grant g join area a on a.id = g.area_id "
            "where a.jurisdiction_id = :id order by g.id",
            "select * from unit where jurisdiction_id = :id order by id",
            "select e.detail from audit_event e where e.action = 'area.redraw' and e.entity_id in "
            "(select area_id from area_version where jurisdiction_id = :id)",
        )
    ]


def grids(sql, households):
    return sql(
        "select h.id, v.code, cast(h.scope_path as text) = cast(v.path as text) agrees from household h "
        "left join area_version v on v.area_id = h.grid_id and upper_inf(v.valid) where h.id = any(:ids) order by h.id",
        ids=households,
    )


def land(sql, area_ids, current):
    ((total,),) = sql(
        "select sum(ST_Area(geom)) from area_version "
        "where area_id = any(:ids) and upper_inf(valid) = :current",
        ids=area_ids,
        current=current,
    )
    return total
