#!/bin/sh
# What the entrypoints of the official images do, as far as the test services ask for it: `postgres` and `redis-server`
# with their options, as users of their own, listening to all of the container's network.
set -eu
as() {
  user=$1
  shift
  setpriv --reuid "$user" --regid "$user" --init-groups "$@"
}
server=$1
shift

case $server in
postgres)
  PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  data=/var/lib/postgresql/data
  if [ ! -s "$data/PG_VERSION" ]; then
    password=$(mktemp)
    printf '%s\n' "${POSTGRES_PASSWORD:?is not set}" >"$password"
    chown postgres "$password"
    install -d -o postgres -g postgres -m 700 "$data"
    # The options are words, as in the official image.
    # shellcheck disable=SC2086
    as postgres initdb --pgdata="$data" --username="$user" --pwfile="$password" ${POSTGRES_INITDB_ARGS:-}
    rm "$password"
    echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
    if [ "$database" != postgres ]; then
      echo "create database \"$database\"" | as postgres postgres --single -D "$data" postgres >/dev/null
    fi
  fi
  exec setpriv --reuid postgres --regid postgres --init-groups \
    postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
  ;;
redis-server)
  install -d -o redis -g redis /data
  cd /data
  exec setpriv --reuid redis --regid redis --init-groups redis-server --bind '* -::*' "$@"
  ;;
*)
  exec "$server" "$@"
  ;;
esac
