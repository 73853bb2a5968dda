#!/bin/bash
# tools/with-deps.sh FILE [arguments]: what every npm script goes through. Checks Node, installs what is missing, then runs FILE with tsx.
# EDUCLOUD_NO_INSTALL=1 installs nothing. What could not be installed is handed on in EDUCLOUD_MISSING_PACKAGES (space-separated).
set -euo pipefail

file=${1:?usage: tools/with-deps.sh FILE [arguments]}
shift
root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
say() { printf '%s\n' "$*" >&2; }

check_node() {
  command -v node >/dev/null || { say 'Node.js is missing: install Node.js 20.19 or newer with npm.'; exit 1; }
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    { say "Node.js $(node --version) is too old: 20.19 or newer is needed."; exit 1; }
}

# Are exactly the locked versions there (installed by hand, or by an earlier run)?
modules_match() {
  node -e '
    const read = (f) => JSON.parse(require("node:fs").readFileSync(f, "utf8")).packages;
    const [want, have] = [read(process.argv[1]), read(process.argv[2])];
    const there = ([name, p]) => !name || p.optional || (have[name] && have[name].version === p.version);
    process.exit(Object.entries(want).every(there) ? 0 : 1);
  ' "$root/package-lock.json" "$root/node_modules/.package-lock.json" 2>/dev/null
}

# npm ci when there are no modules or the lock file changed since. One at a time: two scripts may start together.
install_modules() {
  local stamp=$root/node_modules/.educloud-lock want
  want=$(sha256sum <"$root/package-lock.json")
  [ -d "$root/node_modules" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  if [ -n "${EDUCLOUD_NO_INSTALL:-}" ]; then
    [ -d "$root/node_modules" ] && return 0
    say 'node_modules is missing and EDUCLOUD_NO_INSTALL is set: run npm ci.'
    exit 1
  fi
  mkdir -p "$root/.cache"
  exec 9>"$root/.cache/npm.lock"
  flock 9
  # Somebody else may have done it meanwhile; and modules installed by hand from this very lock file are as good.
  if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
    if ! modules_match; then
      say 'installing node modules (npm ci)…'
      (cd "$root" && npm ci --no-audit --no-fund --loglevel=error </dev/null >&2) ||
        { say 'npm ci failed: see above; the registry must be reachable.'; exit 1; }
    fi
    printf '%s\n' "$want" >"$stamp"
  fi
  exec 9>&-
}

has() { # a program in PATH (or an sbin), or a file
  case $1 in
    /*) [ -e "$1" ] ;;
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
  esac
}

# Prints the missing packages of the script, those it can do without with a trailing "?".
missing_packages() {
  local script=$1 name probe needs
  while read -r name probe needs; do
    case ,$needs, in
      *",$script,"*) has "$probe" || printf '%s\n' "$name" ;;
      *",$script?,"*) has "$probe" || printf '%s?\n' "$name" ;;
    esac
  done < <(sed 's/#.*//; /^[[:space:]]*$/d' "$root/tools/debian-packages.txt")
}

apt_install() { # packages…
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || return 1
    sudo=(sudo -n)
  fi
  command -v apt-get >/dev/null || { say 'apt-get is missing: this is not Debian.'; return 1; }
  say "installing Debian packages: $*"
  local env=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l) log
  log=$(mktemp)
  local install=("${sudo[@]}" "${env[@]}" apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install --no-install-recommends "$@")
  # Fresh machines and images have no package lists, or old ones.
  if ! "${install[@]}" </dev/null >"$log" 2>&1; then
    if ! { "${sudo[@]}" "${env[@]}" apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update && "${install[@]}"; } </dev/null >"$log" 2>&1; then
      say 'apt-get failed:'
      tail -n 15 "$log" >&2
      rm -f "$log"
      return 1
    fi
  fi
  rm -f "$log"
}

install_packages() {
  local script=$1 list=() names=() p required=()
  mapfile -t list < <(missing_packages "$script")
  [ "${#list[@]}" -gt 0 ] || return 0
  for p in "${list[@]}"; do names+=("${p%\?}"); done
  if [ -z "${EDUCLOUD_NO_INSTALL:-}" ] && apt_install "${names[@]}"; then
    mapfile -t list < <(missing_packages "$script")
    [ "${#list[@]}" -gt 0 ] || return 0
    names=()
    for p in "${list[@]}"; do names+=("${p%\?}"); done
  fi
  export EDUCLOUD_MISSING_PACKAGES="${names[*]}"
  for p in "${list[@]}"; do [ "$p" = "${p%\?}" ] && required+=("$p"); done
  if [ "${#required[@]}" -gt 0 ]; then
    say "missing Debian packages: ${required[*]}"
    say "install them as root: apt-get install --no-install-recommends ${names[*]}"
  else
    say "going on without: ${names[*]} (apt-get install --no-install-recommends ${names[*]} as root brings them)"
  fi
}

check_node
install_modules
script=$(basename -- "$file")
script=${script%.*}
[ "$file" = bench/run.ts ] && script=bench
[ "$file" = test/faults/main.ts ] && script=faults
[ "$file" = test/soak/main.ts ] && script=soak
case "$script $* " in 'up '*' --distributed '*) script=up-distributed ;; esac
install_packages "$script"
cd -- "$root"
exec node --import tsx "$file" "$@"
