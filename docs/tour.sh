#!/bin/sh
# The main job, walked over HTTP for four roles against the running demo (`make run`). Needs curl and jq.
# Fails on any surprise. BASE and GRIDWARD_DEMO_PASSWORD may be set.
set -eu
. "$(dirname "$0")/tour-calls.sh"

# make_room WORKER_ID: on a demo that was used for a while a worker may be full; her supervisor then raises her capacity
make_room() {
  state=$(call 200 "$SUPERVISOR" GET "/workers/$1")
  open_work=$(printf '%s' "$state" | jq .open_work)
  [ "$open_work" -ge "$(printf '%s' "$state" | jq .capacity)" ] || return 0
  IF_MATCH="\"$(printf '%s' "$state" | jq .version)\""
  call 200 "$SUPERVISOR" PATCH "/workers/$1" "{\"capacity\":$((open_work + 5))}" | jq -r '"\(.name) gets room: \(.open_work) of \(.capacity)"'
  IF_MATCH=
}

say "Four people sign in"
WORKER=$(sign_in demo-worker)
COLLEAGUE=$(sign_in demo-worker-2)
SUPERVISOR=$(sign_in demo-supervisor)
GIS=$(sign_in demo-gis)
me=$(call 200 "$WORKER" GET /me)
worker_id=$(printf '%s' "$me" | jq -r .id)
colleague_id=$(call 200 "$COLLEAGUE" GET /me | jq -r .id)
printf 'demo-worker is %s\n' "$(printf '%s' "$me" | jq -r .name)"

say "The worker's grid, and a household in it"
grid=$(call 200 "$WORKER" GET "/workers/$worker_id" | jq -c '.grids[0]')
grid_id=$(printf '%s' "$grid" | jq -r .id)
printf 'grid %s\n' "$(printf '%s' "$grid" | jq -r '.code + " " + .name.zh')"
place=$(call 200 "$WORKER" GET "/households?grid_id=$grid_id&limit=1" | jq -c '.items[0].location.coordinates')
lon=$(printf '%s' "$place" | jq .[0]) lat=$(printf '%s' "$place" | jq .[1])
expect "$(call 200 "$WORKER" GET "/areas/at?lon=$lon&lat=$lat")" .grid.id "$grid_id"

make_room "$worker_id"
make_room "$colleague_id"

say "A colleague reports: it finds its grid, its owner and its worker"
id=$(uuid7)
report="{\"id\":\"$id\",\"lon\":$lon,\"lat\":$lat,\"category\":\"E0102\",\"description\":\"垃圾堆积在楼道口\"}"
case=$(call 201 "$COLLEAGUE" POST /incidents "$report")
expect "$case" .grid.id "$grid_id"
expect "$case" .status dispatched
expect "$case" .assignment.worker.id "$worker_id"
printf '%s\n' "$case" | jq -c '{case_no, status, grid: .grid.code, owner: .owner_unit.name.en, due_at, worker: .assignment.worker.name}'
assignment=$(printf '%s' "$case" | jq -r .assignment.id)

say "Sent twice by a bad connection: the same case; another body: a conflict"
expect "$(call 200 "$COLLEAGUE" POST /incidents "$report")" .case_no "$(printf '%s' "$case" | jq -r .case_no)"
other=$(printf '%s' "$report" | jq -c '.description = "something else"')
expect "$(call 409 "$COLLEAGUE" POST /incidents "$other")" .code id_reused

say "GIS may look but not report"
expect "$(call 403 "$GIS" POST /incidents "$report")" .code permission_missing

say "Why this worker? Every candidate, in data and in words"
call 200 "$SUPERVISOR" GET "/incidents/$id/dispatch" |
  jq -r '.runs[0] | "\(.sentence.en) \(.sentence.zh)", (.candidates[] | "  \(.sentence.en)")' | head -n 8

say "The worker accepts, starts and feeds back"
expect "$(call 200 "$WORKER" POST "/assignments/$assignment/accept")" .status accepted
expect "$(call 409 "$WORKER" POST "/incidents/$id/transitions" '{"action":"check","result":"pass"}')" .code transition_illegal
expect "$(call 200 "$WORKER" POST "/incidents/$id/transitions" '{"action":"start"}')" .status handling
fed=$(call 200 "$WORKER" POST "/incidents/$id/transitions" '{"action":"feed_back","note":"清理完毕"}')
printf 'the check goes to %s\n' "$(printf '%s' "$fed" | jq -r '.assignment.worker.name // "nobody yet"')"

say "The supervisor gives the check to the colleague, who passes it; it closes"
step="{\"action\":\"assign_check\",\"worker_id\":\"$colleague_id\",\"note\":\"please look\"}"
check=$(call 200 "$SUPERVISOR" POST "/incidents/$id/transitions" "$step")
expect "$check" .status checking
call 200 "$COLLEAGUE" POST "/assignments/$(printf '%s' "$check" | jq -r .assignment.id)/accept" >/dev/null
expect "$(call 200 "$COLLEAGUE" POST "/incidents/$id/transitions" '{"action":"check","result":"pass"}')" .status closed

say "Everything that happened"
call 200 "$SUPERVISOR" GET "/incidents/$id/events" | jq -r '.items[] | "\(.seq) \(.action): \(.from_status // "-") -> \(.to_status)"'

say "A correction needs the version one knows"
expect "$(call 428 "$SUPERVISOR" PATCH "/incidents/$id" '{"category":"E0103","note":"builders waste"}')" .code if_match_missing

say "The supervisor's board; each number opens its members"
board=$(call 200 "$SUPERVISOR" GET /supervision/board)
count=$(printf '%s' "$board" | jq -r .open.count)
link=$(printf '%s' "$board" | jq -r .open.members)
seen=0 next=''
while :; do
  page=$(call 200 "$SUPERVISOR" GET "${link#/api/v1}&limit=500${next:+&cursor=$next}")
  seen=$((seen + $(printf '%s' "$page" | jq '.items | length')))
  next=$(printf '%s' "$page" | jq -r '.next // empty')
  [ -n "$next" ] || break
done
printf 'open: %s, members listed: %s\n' "$count" "$seen"
[ "$count" = "$seen" ] || fail "the board counts $count open cases, its members are $seen"

say "Where are the workers? Only on duty, for a purpose, on the record"
call 200 "$SUPERVISOR" POST /workers/locate '{"purpose":"rounds","explanation":"guided tour of the demo"}' | jq -r '"\(.items | length) on duty"'
call 403 "$WORKER" POST /workers/locate '{"purpose":"rounds","explanation":"guided tour of the demo"}' >/dev/null

say "Positions of a worker on duty are taken, those of a clock far off are counted out"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
fix="{\"sent_at\":\"$now\",\"positions\":[{\"at\":\"$now\",\"lon\":$lon,\"lat\":$lat,\"accuracy_m\":8},{\"at\":\"2019-01-01T00:00:00Z\",\"lon\":$lon,\"lat\":$lat}]}"
call 202 "$WORKER" POST /positions "$fix" | jq -c .

say "Done: no surprise"
