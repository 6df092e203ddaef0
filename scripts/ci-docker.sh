#!/usr/bin/env bash
# Runs a command whose test services come from Docker, on a Debian machine that has neither Docker nor a way to its image
# registry: installs the daemon, starts it if none runs, makes an image of Postgres and Redis from Debian's packages, and
# stops what it started. Needs root and Debian's package archive; the image is kept for the next time.
#   scripts/ci-docker.sh npx vitest run packages/conformance/test/services.test.ts
set -euo pipefail

die() {
  echo "ci-docker: $*" >&2
  exit 1
}
say() { echo "ci-docker: $* (${SECONDS} s)" >&2; }

[ $# -gt 0 ] || die 'which command shall run?'
[ "$(id -u)" = 0 ] || die 'only root can start a Docker daemon'
command -v apt-get >/dev/null || die 'there is no apt-get: this is not Debian'
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. /etc/os-release
cache=${CONSENSUS_DOCKER_CACHE:-/var/cache/consensus-store-docker}
image=consensus-store-services:debian-$VERSION_CODENAME-$(sha256sum "$here/docker/entrypoint.sh" | cut -c1-8)
work=$(mktemp -d)
daemon=

finish() {
  status=$?
  trap - EXIT
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  if mountpoint -q "$work/root"; then umount "$work/root" || true; fi
  rm -rf --one-file-system "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install_packages() {
  wanted=()
  command -v dockerd >/dev/null || wanted+=(docker.io)
  command -v iptables >/dev/null || wanted+=(iptables)
  command -v debootstrap >/dev/null || wanted+=(debootstrap)
  if [ ${#wanted[@]} -gt 0 ]; then
    apt-get -qq update
    # Where the client is a package of its own, the daemon's only recommends it.
    if ! command -v docker >/dev/null && apt-cache show docker-cli >/dev/null 2>&1; then wanted+=(docker-cli); fi
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${wanted[@]}" >"$work/apt" 2>&1 ||
      die "apt-get cannot install ${wanted[*]}: $(tail -5 "$work/apt")"
    say "installed ${wanted[*]}"
  fi
}

# start_daemon [options]: fails when the daemon ends or does not answer.
start_daemon() {
  export DOCKER_HOST=unix://$work/docker.sock
  dockerd --data-root "$cache" --exec-root "$work/exec" --pidfile "$work/pid" --host "$DOCKER_HOST" "$@" \
    >"$work/dockerd.log" 2>&1 9>&- &
  daemon=$!
  for _ in $(seq 150); do
    if docker info >/dev/null 2>&1; then
      # A sandbox that looks like a container would have testcontainers search its daemon elsewhere.
      export TESTCONTAINERS_HOST_OVERRIDE=localhost
      return
    fi
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.2
  done
  kill "$daemon" 2>/dev/null || true
  wait "$daemon" 2>/dev/null || true
  daemon=
  return 1
}

# Not every kernel has the file system of layers, nor lets the packet filter be changed.
docker_answers() {
  if docker info >/dev/null 2>&1; then
    say 'a Docker daemon is running'
    return
  fi
  mkdir -p "$cache"
  exec 9>"$cache.lock"
  flock 9
  start_daemon || start_daemon --storage-driver vfs || start_daemon --storage-driver vfs --iptables=false ||
    die "dockerd does not start: $(tail -5 "$work/dockerd.log")"
  say "started dockerd, storage driver $(docker info --format '{{.Driver}}')"
}

image_exists() {
  if docker image inspect "$image" >/dev/null 2>&1; then
    say "the image $image is there"
    return
  fi
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 2>/dev/null |
    awk -v codename="$VERSION_CODENAME" '$2 == codename && $3 == "main" { print $1; exit }')
  root=$work/root
  mkdir "$root"
  # Unpacking waits for a disk after every file; memory does not.
  mount -t tmpfs -o size=3g,mode=755 tmpfs "$root" 2>/dev/null || true
  debootstrap --variant=minbase --include=postgresql,redis-server "$VERSION_CODENAME" "$root" \
    "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 ||
    die "debootstrap failed: $(tail -5 "$work/debootstrap.log")"
  say 'unpacked Postgres and Redis'
  install -m 755 "$here/docker/entrypoint.sh" "$root/usr/local/bin/entrypoint"
  # The package made a cluster of its own, and what only people read is of no use here.
  rm -rf "$root"/var/lib/postgresql/*/main "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* \
    "$root"/usr/share/{doc,man,locale,info}
  tar -C "$root" --numeric-owner -c . |
    docker import --change 'ENTRYPOINT ["/usr/local/bin/entrypoint"]' - "$image" >/dev/null
  if mountpoint -q "$root"; then umount "$root"; fi
  say "made the image $image"
}

install_packages
docker_answers
image_exists
unset CONSENSUS_TEST_POSTGRES_URL CONSENSUS_TEST_REDIS_URL CONSENSUS_TEST_SERVICES
export CONSENSUS_TEST_WAYS=docker TESTCONTAINERS_RYUK_DISABLED=true
export CONSENSUS_TEST_POSTGRES_IMAGE=$image CONSENSUS_TEST_REDIS_IMAGE=$image
"$@" 9>&-
