#!/bin/bash
# Prepares MariaDB: database, user, secret into /etc/educloud/clc.env. Run it as root where MariaDB runs; may be run again. The tables are made by the CLC.
# Usage: deploy/setup-database.sh [--host HOST[:PORT]] [--from HOST] [--out DIR]
#   --host  the server as the CLC reaches it (default 127.0.0.1:3306)
#   --from  where the CLC may log in from (default localhost; % for anywhere)
#   --out   where clc.env is written (default /etc/educloud)
set -euo pipefail

host=127.0.0.1:3306
from=localhost
out=/etc/educloud
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
while [ $# -gt 0 ]; do
  case $1 in
    --host) host=${2:?}; shift 2 ;;
    --from) from=${2:?}; shift 2 ;;
    --out) out=${2:?}; shift 2 ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) printf 'setup-database: unknown option %s\n' "$1" >&2; exit 2 ;;
  esac
done
[[ $from =~ ^[A-Za-z0-9.:%_-]+$ ]] || { echo 'setup-database: --from is not a host' >&2; exit 2; }
[[ $host == *:* ]] || host=$host:3306
# shellcheck source=deploy/env-file.sh
. "$here/env-file.sh"

password=$(url_password "$out/clc.env" EDUCLOUD_CLC_DATABASE_URL)
[ -n "$password" ] || password=$(new_secret)
hosts=("$from")
# A server with skip-name-resolve knows the same machine by its number only.
[ "$from" = localhost ] && hosts+=(127.0.0.1)
# Through standard input, so that the secret stands on no command line. It is hexadecimal: nothing to quote.
{
  echo 'CREATE DATABASE IF NOT EXISTS educloud CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;'
  for h in "${hosts[@]}"; do
    printf "CREATE USER IF NOT EXISTS 'educloud'@'%s' IDENTIFIED BY '%s';\n" "$h" "$password"
    printf "ALTER USER 'educloud'@'%s' IDENTIFIED BY '%s';\n" "$h" "$password"
    printf "GRANT ALL PRIVILEGES ON educloud.* TO 'educloud'@'%s';\n" "$h"
  done
} | mariadb --batch
set_variable "$out/clc.env" EDUCLOUD_CLC_DATABASE_URL "mysql://educloud:$password@$host/educloud"
echo "database ready; its address with the secret is in $out/clc.env (mode 0600)"
