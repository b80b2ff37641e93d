"""HTTP headers of the console's files."""


def test_console_is_served_without_device_permissions(server):
    client = server.client()
    answer = client.get("/console/")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Permissions-Policy"] == "geolocation=(), camera=(), microphone=()"
    assert "geolocation=(self)" in client.get("/field/").headers["Permissions-Policy"]
    assert client.get("/console").headers["Location"].endswith("/console/")
    assert client.get("/elsewhere/").status_code == 404
