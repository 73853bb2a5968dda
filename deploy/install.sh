#!/bin/bash
# Installs eduCloud from this checkout as systemd services. May be run again, also to upgrade: configuration and data stay.
# Usage: deploy/install.sh [--roles clc,cc,nc,walrus,sc] [--destdir DIR] [--no-start]
#   --roles     the daemons of this machine (default: all five)
#   --destdir   write everything below DIR and touch neither accounts nor systemd (packaging, tests)
#   --no-start  install and enable, start nothing
set -euo pipefail

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
roles=clc,cc,nc,walrus,sc
destdir=
start=1
say() { printf '%s\n' "$*"; }
die() { printf 'install: %s\n' "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
    --roles) roles=${2:?--roles needs a list}; shift 2 ;;
    --destdir) destdir=${2:?--destdir needs a directory}; shift 2 ;;
    --no-start) start=; shift ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown option $1 (see --help)" ;;
  esac
done
IFS=, read -r -a wanted <<<"$roles"
for role in "${wanted[@]}"; do
  case $role in clc | cc | nc | walrus | sc) ;; *) die "unknown role $role" ;; esac
done
[ -n "$destdir" ] || [ "$(id -u)" -eq 0 ] || die 'run it as root (or with --destdir)'

packages() {
  local need=() role
  for role in "${wanted[@]}"; do
    # What a node needs on its own; broker, database and Redis may be on other machines.
    [ "$role" = nc ] && need+=(libvirt-daemon-system qemu-system-x86 qemu-utils xorriso nftables)
    # Forwards and addresses of guests.
    [ "$role" = cc ] && need+=(dnsmasq-base nftables)
  done
  [ "${#need[@]}" -eq 0 ] || dpkg -s "${need[@]}" >/dev/null 2>&1 ||
    DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${need[@]}" </dev/null
}

build() {
  (cd -- "$root" && bash tools/with-deps.sh tools/build.ts)
  [ -f "$root/dist/${wanted[0]}.js" ] || die "the build made no dist/${wanted[0]}.js"
}

# Beside the old one, then swapped: an interrupted installation leaves the running one whole.
copy_program() {
  local target=$destdir/opt/educloud next=$destdir/opt/educloud.next file
  rm -rf -- "$next"
  mkdir -p -- "$next"
  cp -R -- "$root/dist" "$root/docs" "$root/package.json" "$root/package-lock.json" "$root/.npmrc" "$next/"
  # The workspaces' package.json name the libraries that stay outside the bundles.
  while IFS= read -r -d '' file; do
    mkdir -p -- "$next/$(dirname -- "$file")"
    cp -- "$root/$file" "$next/$file"
  done < <(cd -- "$root" && find apps libs test -name package.json -not -path '*/node_modules/*' -print0)
  (cd -- "$next" && npm ci --omit=dev --no-audit --no-fund --loglevel=error </dev/null)
  rm -rf -- "$target.previous"
  [ ! -e "$target" ] || mv -- "$target" "$target.previous"
  mv -- "$next" "$target"
  rm -rf -- "$target.previous"
  mkdir -p -- "$destdir/usr/local/bin"
  printf '#!/bin/sh\nexec /usr/bin/node /opt/educloud/dist/edu.js "$@"\n' >"$destdir/usr/local/bin/edu"
  chmod 0755 -- "$destdir/usr/local/bin/edu"
}

# Never overwrites a configuration; the sample of this version lies beside it.
copy_configuration() {
  local role conf=$destdir/etc/educloud
  install -d -m 0755 -- "$conf"
  for role in "${wanted[@]}"; do
    install -m 0644 -- "$root/config/$role.yaml" "$conf/$role.yaml.sample"
    [ -e "$conf/$role.yaml" ] || install -m 0644 -- "$root/config/$role.yaml" "$conf/$role.yaml"
    [ -e "$conf/$role.env" ] || install -m 0600 -- /dev/null "$conf/$role.env"
  done
}

copy_units() {
  local role
  install -d -- "$destdir/etc/systemd/system" "$destdir/usr/lib/sysusers.d" "$destdir/usr/lib/tmpfiles.d"
  for role in "${wanted[@]}"; do install -m 0644 -- "$root/deploy/systemd/educloud-$role.service" "$destdir/etc/systemd/system/"; done
  install -m 0644 -- "$root/deploy/sysusers.d/educloud.conf" "$destdir/usr/lib/sysusers.d/educloud.conf"
  install -m 0644 -- "$root/deploy/tmpfiles.d/educloud.conf" "$destdir/usr/lib/tmpfiles.d/educloud.conf"
}

activate() {
  local role units=()
  for role in "${wanted[@]}"; do units+=("educloud-$role.service"); done
  command -v systemd-sysusers >/dev/null && systemd-sysusers educloud.conf
  command -v systemd-tmpfiles >/dev/null && systemd-tmpfiles --create educloud.conf
  if [ ! -d /run/systemd/system ]; then
    say 'systemd does not run here: the units are installed, nothing is started.'
    return
  fi
  systemctl daemon-reload
  systemctl enable "${units[@]}"
  [ -z "$start" ] || systemctl restart "${units[@]}"
}

[ -x /usr/bin/node ] || [ -n "$destdir" ] || die '/usr/bin/node is missing: the units start it there (install Node.js 20.19 or newer, or link it)'
[ -n "$destdir" ] || packages
build
copy_program
copy_configuration
copy_units
[ -n "$destdir" ] || activate
say "installed: ${wanted[*]}. Configuration: $destdir/etc/educloud. Next: docs/deploy.md"
