#!/bin/bash
# Prepares RabbitMQ: a vhost for the CLC and one per cluster, a user per daemon and vhost, secrets into /etc/educloud/*.env. May be run again.
# Usage: deploy/setup-broker.sh [--host HOST[:PORT]] [--cluster NAME] [--out DIR]
#   --host     the broker as the daemons reach it (default 127.0.0.1:5672)
#   --cluster  name of the cluster (default cluster-1); run again for each further one
#   --out      where the .env files are written (default /etc/educloud)
set -euo pipefail

host=127.0.0.1:5672
cluster=cluster-1
out=/etc/educloud
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
while [ $# -gt 0 ]; do
  case $1 in
    --host) host=${2:?}; shift 2 ;;
    --cluster) cluster=${2:?}; shift 2 ;;
    --out) out=${2:?}; shift 2 ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) printf 'setup-broker: unknown option %s\n' "$1" >&2; exit 2 ;;
  esac
done
[[ $cluster =~ ^[a-z0-9][a-z0-9-]{0,62}$ ]] || { echo 'setup-broker: a cluster name has lower-case letters, digits and dashes' >&2; exit 2; }
[[ $host == *:* ]] || host=$host:5672
# shellcheck source=deploy/env-file.sh
. "$here/env-file.sh"

vhost() { rabbitmqctl -q list_vhosts name --no-table-headers | grep -qxF -- "$1" || rabbitmqctl -q add_vhost "$1"; }

# The password goes in through standard input: a command line can be read by everybody on the machine.
account() { # user vhost env-file variable
  local user=$1 vhost=$2 file=$3 variable=$4 password
  password=$(url_password "$file" "$variable")
  [ -n "$password" ] || password=$(new_secret)
  if rabbitmqctl -q list_users --no-table-headers | cut -f1 | grep -qxF -- "$user"; then
    printf '%s\n' "$password" | rabbitmqctl -q change_password "$user" >/dev/null
  else
    printf '%s\n' "$password" | rabbitmqctl -q add_user "$user" >/dev/null
  fi
  # Within its vhost a daemon may declare and use everything; no user reaches another vhost.
  rabbitmqctl -q set_permissions -p "$vhost" "$user" '.*' '.*' '.*'
  set_variable "$file" "$variable" "amqp://$user:$password@$host/$vhost?heartbeat=10"
}

vhost clc
vhost "$cluster"
account educloud-clc clc "$out/clc.env" EDUCLOUD_CLC_BUS_URL
account educloud-walrus clc "$out/walrus.env" EDUCLOUD_WALRUS_BUS_URL
account educloud-sc clc "$out/sc.env" EDUCLOUD_SC_BUS_URL
account "educloud-cc-$cluster" clc "$out/cc.env" EDUCLOUD_CC_BUS_URL
account "educloud-cc-$cluster-own" "$cluster" "$out/cc.env" EDUCLOUD_CC_CLUSTER_BUS_URL
account "educloud-nc-$cluster" "$cluster" "$out/nc.env" EDUCLOUD_NC_BUS_URL
echo "broker ready; the addresses with their secrets are in $out/{clc,walrus,sc,cc,nc}.env (mode 0600): copy each to the machine of its daemon"
