"""The introduction of the API document: `info` with a description that leads from sign-in to the first responses."""

from typing import Any

DESCRIPTION = """\
Gridward is a server for the grid management of cities. People report problems at a place, the rules of the city choose
a worker or a unit, the case is handled and checked, and every number leads to the cases behind it. This page lists all
operations of `/api/v1`; map clients such as QGIS use `/ogc`, described in the documents of this server (`/docs`).

## First calls

Sign in, keep the token, and read your own account:

```sh
API=http://127.0.0.1:8000/api/v1
TOKEN=$(curl -s $API/auth/token -H 'Content-Type: application/json' \\
  -d '{"username": "demo-worker", "password": "gridward-demo"}' | jq -r .access_token)
curl -s $API/me -H "Authorization: Bearer $TOKEN"
```

Report a problem, and list the cases you may see:

```sh
curl -s $API/incidents -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"lon": 120.114, "lat": 30.2787, "category": "E0102", "description": "Litter at the gate"}'
curl -s "$API/incidents?limit=5" -H "Authorization: Bearer $TOKEN"
```

On this page you can sign in above and then send every call from its own form. The demo city (`make run`) has these
accounts, all with the password `gridward-demo` unless `GRIDWARD_DEMO_PASSWORD` sets another one:

| user name | role | what the account is for |
|---|---|---|
| `demo-worker` | Grid worker | reports cases, accepts and handles offers, keeps the register |
| `demo-worker-2` | Grid worker | checks what `demo-worker` handled, and the other way round |
| `demo-handler` | Handler | handles cases of a unit |
| `demo-supervisor` | Supervisor | directs the cases of a street, reads figures |
| `demo-gis` | GIS user | reads map layers |
| `demo-admin` | Administrator | manages accounts, areas and the profile |

Tutorials, how-to guides and explanations are at `/docs`.

## Errors

An error is a problem document (RFC 9457, `application/problem+json`). `code` is stable and for programs; `detail` is
for people, in English or, with `Accept-Language: zh`, in Chinese. `errors` names each field at fault. Every operation
below lists its statuses. Write `request_id` into your bug report: the server log has the same id.

## Time and coordinates

Times are RFC 3339 with an offset, answered in UTC (`2026-11-29T08:15:00Z`); days such as `2026-11-29` are days of the
city's time zone. Coordinates are WGS 84 with longitude first. `coord_sys` accepts GCJ-02 (`gcj02`) and BD-09 (`bd09`)
where a point comes from a Chinese map; answers are always WGS 84. Distances are metres.

## 中文简介

Gridward 是城市网格管理的服务器：上报问题，按辖区规则派遣网格员或单位，处置、核查、结案，每个数字都可以查到统计明细。
先用 `POST /auth/token` 登录，取得令牌，之后每次请求带上 `Authorization: Bearer …`。上报用 `POST /incidents`，查看案卷用
`GET /incidents`。请求带上 `Accept-Language: zh`，错误说明就是中文。时间按 RFC 3339；坐标为 WGS 84，经度在前；
地图上的点可以用 `coord_sys` 说明坐标系是 GCJ-02 还是 BD-09。
"""

INFO: dict[str, Any] = {
    "summary": "Grid management of cities: report, dispatch, handle, check and count cases",
    "description": DESCRIPTION,
    "contact": {"name": "The operator of this server"},
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
