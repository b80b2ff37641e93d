"""New passwords: guessable ones are refused; a password set by a manager must be changed."""

import secrets

import pytest

from app.core.actor import Role


def faults(answer):
    assert answer.status_code == 422, answer.json
    return [(e["field"], e["code"]) for e in answer.json["errors"]]


def own(person, city):
    """Return passwords made of the account's own words."""
    return [
        person.username * 2,
        f"{person.username}-2026",
        f"GridWard-{person.username}!",
        f"{city.code}-{city.code}x",
    ]


def test_password_change_is_refused_for_guessable_password(supervisor, accounts_city):
    def change(new):
        return supervisor.post("/me/password", {"current": supervisor.password, "new": new})

    assert faults(change("password123")) == [("new", "password_common")]
    assert faults(change("aaaaaaaaaa")) == [("new", "password_pattern")]
    for password in own(supervisor, accounts_city):
        assert faults(change(password)) == [("new", "password_of_own_words")], password
    assert supervisor.sign_in().status_code == 200, "the old password is still the one"
    assert change("rivers carry slow boats").status_code == 204


@pytest.mark.parametrize(
    ("language", "words"), [("en", "one of the most common passwords"), ("zh-CN", "最常见的密码")]
)
def test_password_error_message_is_translated(worker, language, words):
    body = {"current": worker.password, "new": "qwertyuiop"}
    answer = worker.post("/me/password", body, headers={"Accept-Language": language})
    assert words in answer.json["errors"][0]["message"]


def test_account_creation_is_refused_for_guessable_password(supervisor, accounts_city, sql):
    username = f"n{secrets.token_hex(6)}"
    body = {
        "username": username,
        "name": "Li Wenjuan",
        "roles": [{"role": "worker", "area_id": str(accounts_city.grid)}],
    }
    for password, reason in (
        ("1234567890", "password_common"),
        (f"{username}2026", "password_of_own_words"),
        ("LiWenjuan1988", "password_of_own_words"),
        (f"area{accounts_city.code}", "password_of_own_words"),
    ):
        assert faults(supervisor.post("/accounts", body | {"password": password})) == [("password", reason)]
    assert not sql("select from account where username = :u", u=username)


def test_password_set_by_manager_must_be_changed_before_use(supervisor, accounts_city, someone):
    chosen = "rivers carry slow boats"
    body = {"username": f"n{secrets.token_hex(6)}", "name": "李四", "password": chosen}
    opened = supervisor.post(
        "/accounts", body | {"roles": [{"role": "worker", "area_id": str(accounts_city.grid)}]}
    )
    assert opened.json["must_change_password"] is True
    owner = someone(Role.WORKER)
    owner.username, owner.password = body["username"], chosen
    refused = owner.get("/me/devices")
    assert (refused.status_code, refused.json["code"]) == (403, "password_change_required")
    assert (
        owner.post("/me/password", {"current": chosen, "new": "lamps above the old bridge"}).status_code
        == 204
    )
    assert owner.get("/me/devices").status_code == 200
