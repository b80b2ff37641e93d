#!/bin/sh
# A notice to about 3,000 households, walked over HTTP against the running demo (`make run`): who is reached how, the grids
# that are behind, and a question that becomes a case, is handled, answered and rated. Needs curl, jq and python3.
# Fails on any surprise. BASE and GRIDWARD_DEMO_PASSWORD may be set.
set -eu
. "$(dirname "$0")/tour-calls.sh"

# page METHOD PATH [FORM_FIELD ...]: a page of a person without an account -> its text, with the address that it leads to
page() {
  method=$1 path=$2
  shift 2
  for field; do set -- "$@" --data-urlencode "$field"; shift; done
  answer=$(curl -sS --max-time 20 -X "$method" -H 'Accept-Language: en' -w '\n%{http_code} %{redirect_url}' "$@" "$BASE$path")
  status=$(printf '%s' "$answer" | tail -n 1)
  case $status in 2* | 3*) ;; *) fail "$method $path gave $status: $(printf '%s' "$answer" | head -c 600)" ;; esac
  printf '%s' "$answer"
}

led_to() { tail -n 1 | cut -d' ' -f2; }

# receipt HOUSEHOLD STATE: what the worker saw at the door
receipt() {
  recorded=$(call 201 "$WORKER" POST "/notices/$notice/households/$1/receipts" "{\"id\":\"$(uuid7)\",\"state\":\"$2\"}")
  printf '%s' "$recorded" | jq -r '"  \(.household.address): \(.state), recorded by \(.told_by.name // "-")"'
}

say "Author, second person, worker and colleague sign in"
AUTHOR=$(sign_in demo-supervisor)
ADMIN=$(sign_in demo-admin)
WORKER=$(sign_in demo-worker)
COLLEAGUE=$(sign_in demo-worker-2)
worker_id=$(call 200 "$WORKER" GET /me | jq -r .id)
colleague_id=$(call 200 "$COLLEAGUE" GET /me | jq -r .id)
own_grid=$(call 200 "$WORKER" GET "/workers/$worker_id" | jq -r '.grids[0].id')
street=$(call 200 "$AUTHOR" GET "/areas?level=street&limit=500" | jq -r '.features[] | select(.properties.code == "330106007") | .id')

say "A draft reaches nobody; its preview says whom it would reach"
until=$(date -u -d '+7 days' +%Y-%m-%dT%H:%M:%SZ)
texts='{"zh":{"title":"停水通知","text":"周五八时至十二时停水，请提前储水。"},"en":{"title":"Water off","text":"No water on Friday from 8 to 12. Please store some."}}'
draft=$(call 201 "$AUTHOR" POST /notices \
  "{\"sender_area_id\":\"$street\",\"purpose\":\"works\",\"texts\":$texts,\"channels\":[\"visit\",\"link\",\"paper\"],\"area_ids\":[\"$street\"],\"valid_until\":\"$until\"}")
notice=$(printf '%s' "$draft" | jq -r .id)
whole=$(call 200 "$AUTHOR" GET "/notices/$notice/preview")
printf 'the whole street: %s households in %s grids\n' "$(printf '%s' "$whole" | jq .households)" "$(printf '%s' "$whole" | jq .grid_count)"
# The worker's grid, and further grids until there are 3,000 households.
grids=$(printf '%s' "$whole" | jq -c --arg own "$own_grid" '
  [.grids | sort_by(.grid.id != $own)[] | {id: .grid.id, n: .households}]
  | reduce .[] as $g ({sum: 0, ids: []}; if .sum < 3000 then {sum: (.sum + $g.n), ids: (.ids + [$g.id])} else . end) | .ids')
IF_MATCH="\"$(printf '%s' "$draft" | jq -r .version)\""
call 200 "$AUTHOR" PATCH "/notices/$notice" "{\"area_ids\":$grids}" >/dev/null
IF_MATCH=
preview=$(call 200 "$AUTHOR" GET "/notices/$notice/preview")
reach=$(printf '%s' "$preview" | jq .households)
printf '%s\n' "$preview" | jq -r '"this notice: \(.households) households in \(.grid_count) grids; \(.channels)"'
[ "$reach" -ge 3000 ] || fail "the notice reaches $reach households only"

say "Another number than the preview's is refused; so many households need a second person"
expect "$(call 409 "$AUTHOR" POST "/notices/$notice/publish" "{\"confirmed_households\":$((reach - 1))}")" .code notice_reach_changed
expect "$(call 200 "$AUTHOR" POST "/notices/$notice/publish" "{\"confirmed_households\":$reach}")" .state awaiting_approval
expect "$(call 200 "$ADMIN" POST "/notices/$notice/approve" "{\"confirmed_households\":$reach}")" .state publishing
tries=0
until now=$(call 200 "$AUTHOR" GET "/notices/$notice") && [ "$(printf '%s' "$now" | jq -r .state)" = published ]; do
  tries=$((tries + 1))
  [ "$tries" -le 120 ] || fail "the notice is still being published: $now"
  printf '%s\n' "$now" | jq -r '"  being published: \(.households_stored) of \(.households) households are prepared"'
  sleep 1
done
coverage=$(call 200 "$AUTHOR" GET "/notices/$notice/coverage")
expect "$coverage" .addressed "$reach"
expect "$coverage" .states.not_reached "$reach"

say "At the door: the worker tells four households of the own grid"
tasks=$(call 200 "$WORKER" GET "/notices/tasks?limit=100")
homes=$(printf '%s' "$tasks" | jq -r --arg notice "$notice" '.items[] | select(.notice.id == $notice) | .household.id')
[ "$(printf '%s\n' "$homes" | wc -l)" -ge 5 ] || fail "the worker has nobody to tell: $tasks"
set -- $homes
receipt "$1" told
receipt "$2" understood
receipt "$3" needs_help
receipt "$4" declined
asking=$5

say "On paper: one sheet with a code for each household of the worker's grid"
sheets=$(curl -sS --max-time 60 -X POST -H "Authorization: Bearer $AUTHOR" -H 'Content-Type: application/json' \
  -d "{\"grid_id\":\"$own_grid\"}" "$API/notices/$notice/paper")
printf '%s sheets\n' "$(printf '%s' "$sheets" | grep -c '<section')"

say "By a secret link: a household reads the notice and asks"
url=$(call 201 "$WORKER" POST "/notices/$notice/households/$asking/link" | jq -r .url)
short=/public/${url#*/public/}
home_page=$(page GET "$short" | led_to)
home_page=/public/${home_page#*/public/}
page GET "$home_page" | grep -q 'No water on Friday' || fail "the page does not show the notice"
asked=$(page POST "$home_page/question" 'words=Will the clinic at the corner have water?' | led_to)
follow=$(printf '%s' "$asked" | sed -n 's/.*follow=\([A-Za-z0-9_-]*\).*/\1/p')
[ -n "$follow" ] || fail "the question leads to $asked"
reply=$(call 200 "$AUTHOR" GET "/notices/$notice/replies" | jq -c --arg home "$asking" '.items[] | select(.household.id == $home)')
case=$(printf '%s' "$reply" | jq -r .incident.id)
printf 'the question is case %s\n' "$(printf '%s' "$reply" | jq -r .incident.case_no)"

say "The case is handled and checked"
given=$(call 200 "$AUTHOR" POST "/incidents/$case/transitions" "{\"action\":\"reassign\",\"worker_id\":\"$worker_id\",\"note\":\"please ask the water works\"}")
call 200 "$WORKER" POST "/assignments/$(printf '%s' "$given" | jq -r .assignment.id)/accept" >/dev/null
call 200 "$WORKER" POST "/incidents/$case/transitions" '{"action":"feed_back","note":"问过自来水公司"}' >/dev/null
check=$(call 200 "$AUTHOR" POST "/incidents/$case/transitions" "{\"action\":\"assign_check\",\"worker_id\":\"$colleague_id\",\"note\":\"please look\"}")
call 200 "$COLLEAGUE" POST "/assignments/$(printf '%s' "$check" | jq -r .assignment.id)/accept" >/dev/null
expect "$(call 200 "$COLLEAGUE" POST "/incidents/$case/transitions" '{"action":"check","result":"pass"}')" .status closed

say "A person of the street replies to everybody who asked; the same words are sent once"
words='{"words":"The clinic has water all day. A tank is at the gate from 8 to 12."}'
heard=$(call 200 "$AUTHOR" GET "/incidents/$case/replies" | jq -c .audience)
expect "$heard" .reached 1
replied=$(call 201 "$AUTHOR" POST "/incidents/$case/replies" "$words")
printf '%s\n' "$replied" | jq -r '"  \(.reply.author.name): \(.reply.words)"'
expect "$(call 201 "$AUTHOR" POST "/incidents/$case/replies" "$words")" .is_repeat true
page GET "$home_page" | grep -q 'A tank is at the gate' || fail "the page of the notice does not show the reply"

say "The household sees the result and rates it"
city=$(printf '%s' "$home_page" | cut -d/ -f3)
page GET "/public/$city/en/follow/$follow" | grep -q 'A tank is at the gate' || fail "the page of the case does not show the reply"
page GET "/public/$city/en/follow/$follow" | grep -q 'name="solved"' || fail "the page of the case asks for no rating"
page POST "/public/$city/en/follow/$follow/rating" solved=yes score=5 'words=Thank you' >/dev/null
call 200 "$AUTHOR" GET "/incidents/$case/ratings" | jq -c '.items[] | {solved, score, words}'

say "Who was reached how; the grids that are behind come first"
coverage=$(call 200 "$AUTHOR" GET "/notices/$notice/coverage")
printf '%s\n' "$coverage" | jq -c .states
printf '%s\n' "$coverage" | jq -r '.grids[:3][] | "  \(.grid.name.en): \(.reached) of \(.households) reached"'
total=$(printf '%s' "$coverage" | jq '[.states[]] | add')
[ "$total" = "$reach" ] || fail "the states have $total households, $reach were addressed"
help=$(call 200 "$AUTHOR" GET "/notices/$notice/households?state=needs_help" | jq '.items | length')
[ "$help" = "$(printf '%s' "$coverage" | jq .states.needs_help)" ] || fail "$help households need help, the figure says otherwise"

say "The notice ends"
expect "$(call 200 "$AUTHOR" POST "/notices/$notice/withdraw" '{"reason":"the water is back"}')" .state withdrawn

say "Done: no surprise"
