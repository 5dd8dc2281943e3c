#!/usr/bin/env bash
# The service in containers on this host: what `make up RUNTIME=compose` and its neighbours call.
#
#   deploy/compose/run.sh up        build, migrate, start, wait until healthy; make the first tenant, .local/env and .local/console
#   deploy/compose/run.sh down      stop; data stay
#   deploy/compose/run.sh logs      follow the logs of all processes
#   deploy/compose/run.sh shell     a Django shell
#   deploy/compose/run.sh migrate   run the migrations
#   deploy/compose/run.sh demo      fill the running stack with a lively day
#   deploy/compose/run.sh clean     ask, then stop and remove all data (YES=1 answers)
#
# PORT (8000) and SIMULATOR_PORT (8099) choose the ports on 127.0.0.1. Secrets are generated once, into
# .local/compose.env; keep that file with the data: the database's passwords and the sealing keys are in it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
settings=.local/compose.env
export PORT=${PORT:-8000} SIMULATOR_PORT=${SIMULATOR_PORT:-8099}

say() { printf '%s\n' "$*"; }
stop_with() { printf 'payouts: %s\n' "$*" >&2; exit 1; }
compose() { docker compose --env-file "$settings" --progress quiet "$@"; }
random_hex() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
random_base64() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }

need_docker() {
  docker info >/dev/null 2>&1 || stop_with "no Docker engine answers; start it, or use RUNTIME=local."
  docker compose version >/dev/null 2>&1 || stop_with "Docker has no Compose plugin; install it, or use RUNTIME=local."
}

need_stack() {  # WORD. Without settings there never was a stack: nothing to stop or to remove, and no logs to show.
  [[ -f $settings ]] && return
  case $1 in
    down | clean) say "There is no stack in containers here."; exit 0 ;;
    *) stop_with "there is no stack in containers here; start it with: make up RUNTIME=compose" ;;
  esac
}

generate_settings() {
  if [[ -f $settings ]]; then  # Made by an earlier release, perhaps, which did not know this one yet.
    grep -q '^RECIPIENT_INDEX_KEY=' "$settings" || printf 'RECIPIENT_INDEX_KEY=%s\n' "$(random_hex)" >>"$settings"
    return
  fi
  mkdir -p .local
  # Two checkouts on one host keep apart by the project's name, which is made of the folder's path.
  (
    umask 077
    cat >"$settings.new" <<EOF
COMPOSE_PROJECT_NAME=payouts-$(printf %s "$root" | cksum | cut -d' ' -f1)
SECRET_KEY=$(random_hex)
API_KEY_PEPPER=$(random_hex)
FINGERPRINT_KEY=$(random_hex)
RECIPIENT_INDEX_KEY=$(random_hex)
SEALING_KEYS=k1:$(random_base64)
POSTGRES_PASSWORD=$(random_hex)
POSTGRES_OWNER_PASSWORD=$(random_hex)
POSTGRES_RUNTIME_PASSWORD=$(random_hex)
REDIS_PASSWORD=$(random_hex)
SIMULATOR_CALLBACK_SECRET=$(random_hex)
EOF
  )
  mv "$settings.new" "$settings"
}

need_free_port() {  # SERVICE ITS_PORT WANTED VARIABLE. A port that our own running container holds is not taken.
  [[ $(compose port "$1" "$2" 2>/dev/null) == "127.0.0.1:$3" ]] && return
  if (exec 3<>"/dev/tcp/127.0.0.1/$3") 2>/dev/null; then
    stop_with "port $3 on 127.0.0.1 is taken; free it, or choose another with $4=…"
  fi
}

build() {
  if ! docker compose --env-file "$settings" --progress plain build >.local/build.log 2>&1; then
    tail -n 30 .local/build.log >&2
    stop_with "the image could not be built; the last lines are above, all are in .local/build.log."
  fi
}

start() {
  local running
  running=$(compose ps --quiet --status running web)
  if ! compose up --detach --wait --wait-timeout 300; then
    compose logs --no-color --tail 15 >&2
    [[ -n $running ]] || compose down
    stop_with "the containers did not become healthy; their last lines are above."
  fi
}

write_env() {  # The address and the first key. The key is shown once, so it is kept with the secrets of these data.
  local key
  key=$(sed -n 's/^PAYOUTS_API_KEY=//p' "$settings")
  if [[ -z $key ]]; then
    key=$(compose exec -T web payouts bootstrap --tenant local --new-key --operator --json | sed -n 's/.*"key": *"\([^"]*\)".*/\1/p')
    [[ -n $key ]] || stop_with "payouts bootstrap printed no key."
    printf 'PAYOUTS_API_KEY=%s\n' "$key" >>"$settings"
  fi
  (umask 077 && printf 'export PAYOUTS_URL=http://127.0.0.1:%s\nexport PAYOUTS_API_KEY=%s\n' "$PORT" "$key" >.local/env.new)
  mv .local/env.new .local/env
}

people() { compose exec -T web payouts people "$@" --json; }

write_login() {  # The first person of the console, whose password is kept like the key: .local/console may be another runtime's.
  local email=admin@localhost password
  password=$(sed -n 's/^CONSOLE_PASSWORD=//p' "$settings")
  if [[ -z $password ]]; then
    local verb=(create --tenant local --name Admin --role admin --runs-service)
    # Made by an earlier release, which did not keep the password: nobody can read it any more.
    if people list --tenant local | grep -F "\"$email\"" >/dev/null; then verb=(set-password); fi
    password=$(people "${verb[@]}" --email "$email" | sed -n 's/.*"password": *"\([^"]*\)".*/\1/p')
    [[ -n $password ]] || stop_with "payouts people ${verb[0]} printed no password."
    printf 'CONSOLE_PASSWORD=%s\n' "$password" >>"$settings"
  fi
  (umask 077 && printf 'E-mail:   %s\nPassword: %s\n' "$email" "$password" >.local/console.new)
  mv .local/console.new .local/console
}

up() {
  generate_settings
  need_free_port web 8000 "$PORT" PORT
  need_free_port simulator 8099 "$SIMULATOR_PORT" SIMULATOR_PORT
  say "Runtime: compose. Building the image (some minutes the first time) …"
  build
  start
  write_env
  write_login
  cat <<EOF
The service is up.
  Console    http://127.0.0.1:$PORT/  (e-mail and password: .local/console)
  API        http://127.0.0.1:$PORT/api/payouts/
  Swagger    http://127.0.0.1:$PORT/api/docs/swagger/
  Redoc      http://127.0.0.1:$PORT/api/docs/redoc/
  Simulator  http://127.0.0.1:$SIMULATOR_PORT/
Try it:
  . .local/env
  curl -sS -X POST "\$PAYOUTS_URL/api/payouts/" -H "Authorization: Bearer \$PAYOUTS_API_KEY" -H 'Content-Type: application/json' \\
    -d '{"amount": "100.00", "currency": "USD", "recipient_details": "Card ****1234", "comment": "Test payout"}'
EOF
}

down() { compose down; }
logs() { compose logs --follow --tail 100; }
shell() { compose exec web django-admin shell --settings payouts_service.settings; }
migrate() { build; compose run --rm migrate; }
demo() { compose exec web payouts demo; say "From this machine: http://127.0.0.1:$PORT/, http://127.0.0.1:$PORT/api/docs/swagger/ and http://127.0.0.1:$SIMULATOR_PORT/"; }

clean() {
  if [[ ${YES:-} != 1 ]]; then
    read -r -p "Remove all payouts, keys and secrets of this checkout? Type yes: " answer || answer=
    [[ $answer == yes ]] || stop_with "nothing was removed; type yes, or give YES=1."
  fi
  compose down --volumes --remove-orphans
  rm -f "$settings" .local/env .local/console .local/build.log
}

case ${1:-} in
  up) need_docker; up ;;
  down | logs | shell | migrate | demo | clean) need_docker; need_stack "$1"; "$1" ;;
  *) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
