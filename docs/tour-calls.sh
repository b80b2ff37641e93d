# Calls of the API for the tours, which read this file: tour.sh and notice-tour.sh.
# BASE and GRIDWARD_DEMO_PASSWORD may be set. Needs curl, jq and python3.
BASE=${BASE:-http://127.0.0.1:${PORT:-8000}}
API=$BASE/api/v1
PASSWORD=${GRIDWARD_DEMO_PASSWORD:-gridward-demo}

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'surprise: %s\n' "$*" >&2; exit 1; }

# call WANTED_STATUS TOKEN METHOD PATH [BODY] -> the answer on standard output
call() {
  wanted=$1 token=$2 method=$3 path=$4 body=${5:-}
  set -- -sS --max-time 20 -X "$method" -H "Accept-Language: en" -w '\n%{http_code}'
  [ -z "${IF_MATCH:-}" ] || set -- "$@" -H "If-Match: $IF_MATCH"
  [ -z "$token" ] || set -- "$@" -H "Authorization: Bearer $token"
  [ -z "$body" ] || set -- "$@" -H 'Content-Type: application/json' -d "$body"
  answer=$(curl "$@" "$API$path")
  status=$(printf '%s' "$answer" | tail -n 1)
  text=$(printf '%s' "$answer" | sed '$d')
  [ "$status" = "$wanted" ] || fail "$method $path gave $status, wanted $wanted: $text"
  printf '%s' "$text"
}

sign_in() {
  call 200 '' POST /auth/token "{\"username\":\"$1\",\"password\":\"$PASSWORD\",\"device_id\":\"tour\"}" | jq -r .access_token
}

# expect TEXT JQ_FILTER WANTED
expect() {
  found=$(printf '%s' "$1" | jq -r "$2")
  [ "$found" = "$3" ] || fail "$2 is '$found', wanted '$3' in: $1"
}

# A UUID version 7, as an app makes it.
uuid7() {
  python3 -c 'import os,time,uuid
b=bytearray(int(time.time()*1000).to_bytes(6,"big")+os.urandom(10)); b[6]=b[6]&15|112; b[8]=b[8]&63|128; print(uuid.UUID(bytes=bytes(b)))'
}
