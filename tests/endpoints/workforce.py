"""Requests for workers, duty, shifts, substitutions and responsibilities."""

from tests.endpoints.world import Request, World, endpoint, located_worker, time_ago
from tests.factories import City


@endpoint("GET /workers")
def list_workers(world, role, city, inside):
    path = f"/workers?area_id={city.areas['g1']}&limit=500"
    return Request(path, target=str(world.person("worker", city).id))


@endpoint("POST /workers")
def create_worker(world, role, city, inside):
    return Request("/workers", {"account_id": str(world.new_account(city).id), "skills": ["电工"]})


@endpoint("GET /workers/on-duty")
def list_workers_on_duty(world, role, city, inside):
    return Request(
        f"/workers/on-duty?area_id={city.areas['g1']}&limit=500", target=str(located_worker(world, city).id)
    )


@endpoint("GET /workers/<uuid:worker_id>")
def read_worker(world, role, city, inside):
    return Request(f"/workers/{world.person('worker', city).id}")


@endpoint("PATCH /workers/<uuid:worker_id>")
def update_worker(world, role, city, inside):
    return Request(
        f"/workers/{city.worker('g3').id}",
        {"capacity": 7, "phone": "0571-88886666"},
        headers={"If-Match": "*"},
    )


@endpoint("GET /workers/<uuid:worker_id>/duty")
def list_duty_periods(world, role, city, inside):
    return Request(f"/workers/{world.person('worker', city).id}/duty")


@endpoint("POST /workers/<uuid:worker_id>/duty")
def set_duty(world, role, city, inside):
    worker = city.worker("g1", on_duty=False, capacity=0)
    return Request(
        f"/workers/{worker.id}/duty", {"on_duty": True}, actor=worker if inside and role == "worker" else None
    )


def planned_shift(world: World, city: City) -> str:
    worker = city.worker("g1", on_duty=False, capacity=0)
    body = {
        "worker_id": str(worker.id),
        "since": time_ago(hours=-1),
        "until": time_ago(hours=-9),
        "note": "早班",
    }
    answer = world.person("supervisor", city).post("/shifts", body)
    assert answer.status_code == 201, answer.json
    result: str = answer.json["id"]
    return result


@endpoint("GET /shifts")
def list_shifts(world, role, city, inside):
    return Request(f"/shifts?area_id={city.areas['g1']}&limit=500", target=planned_shift(world, city))


@endpoint("POST /shifts")
def create_shift(world, role, city, inside):
    worker = city.worker("g1", on_duty=False, capacity=0)
    body = {"worker_id": str(worker.id), "since": time_ago(hours=-1), "until": time_ago(hours=-9)}
    return Request("/shifts", body)


@endpoint("DELETE /shifts/<uuid:shift_id>")
def delete_shift(world, role, city, inside):
    return Request(f"/shifts/{planned_shift(world, city)}")


@endpoint("PATCH /shifts/<uuid:shift_id>")
def update_shift(world, role, city, inside):
    return Request(f"/shifts/{planned_shift(world, city)}", {"note": "晚班"}, headers={"If-Match": "*"})


@endpoint("GET /shifts/roster")
def read_roster(world, role, city, inside):
    path = f"/shifts/roster?jurisdiction={city.code}&area_id={city.areas['c1']}&hours=08:00-18:00"
    return Request(path, target=planned_shift(world, city))


@endpoint("GET /shifts.csv")
def export_shifts(world, role, city, inside):
    worker = city.worker("g1", on_duty=False, capacity=0)
    body = {"worker_id": str(worker.id), "since": time_ago(hours=-1), "until": time_ago(hours=-9)}
    assert world.person("supervisor", city).post("/shifts", body).status_code == 201
    return Request(f"/shifts.csv?area_id={city.areas['g1']}", target=worker.username)


@endpoint("POST /shifts/import")
def import_shifts(world, role, city, inside):
    worker = city.worker("g1", on_duty=False, capacity=0)
    sheet = f"worker,date,start,end,note\n{worker.username},2026-12-01,08:00,18:00,早班\n"
    return Request(f"/shifts/import?jurisdiction={city.code}", sheet=sheet)


def new_absence(world: World, city: City) -> tuple[str, dict[str, str]]:
    """Return the id of an absent worker, and the body that appoints a substitute."""
    absent, other = (city.worker("g1", on_duty=False, capacity=0) for _ in range(2))
    return str(absent.id), {"substitute_id": str(other.id), "until": time_ago(hours=-9)}


@endpoint("POST /workers/<uuid:worker_id>/substitute")
def create_substitution(world, role, city, inside):
    absent, body = new_absence(world, city)
    return Request(f"/workers/{absent}/substitute", body | {"reason": "flu"})


def new_substitution(world: World, city: City) -> str:
    absent, body = new_absence(world, city)
    answer = world.person("supervisor", city).post(f"/workers/{absent}/substitute", body)
    assert answer.status_code == 200, answer.json
    result: str = answer.json["substitution"]["id"]
    return result


@endpoint("GET /substitutions")
def list_substitutions(world, role, city, inside):
    return Request("/substitutions?limit=500", target=new_substitution(world, city))


@endpoint("POST /substitutions/<uuid:substitution_id>/end")
def end_substitution(world, role, city, inside):
    return Request(f"/substitutions/{new_substitution(world, city)}/end", {})


def new_responsibility(world: World, city: City) -> str:
    worker = city.worker("g3", on_duty=False)
    body = {"worker_id": str(worker.id), "area_id": str(city.areas["g1"]), "role": "substitute"}
    answer = world.person("supervisor", city).post("/responsibilities", body)
    assert answer.status_code == 201, answer.json
    result: str = answer.json["id"]
    return result


@endpoint("GET /responsibilities")
def list_responsibilities(world, role, city, inside):
    return Request(
        f"/responsibilities?area_id={city.areas['g1']}&limit=500", target=new_responsibility(world, city)
    )


@endpoint("POST /responsibilities")
def create_responsibility(world, role, city, inside):
    worker = city.worker("g3", on_duty=False)
    return Request(
        "/responsibilities",
        {"worker_id": str(worker.id), "area_id": str(city.areas["g1"]), "role": "substitute"},
    )


@endpoint("POST /responsibilities/<uuid:responsibility_id>/end")
def end_responsibility(world, role, city, inside):
    return Request(f"/responsibilities/{new_responsibility(world, city)}/end", {})
