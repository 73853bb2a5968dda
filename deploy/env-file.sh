# Reading and writing the secrets in /etc/educloud/<role>.env; sourced by the set-up scripts.

new_secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# Password inside NAME=scheme://user:PASSWORD@host in a file; empty when there is none.
url_password() { # file name
  [ -f "$1" ] || return 0
  sed -n "s|^$2=[a-z]*://[^:@/]*:\([0-9a-f]*\)@.*|\1|p" "$1" | head -n 1
}

# Sets NAME=value, keeping all other lines; the file is never readable by others, not even for a moment.
set_variable() { # file name value
  local file=$1 name=$2 value=$3 next
  mkdir -p -- "$(dirname -- "$file")"
  next=$(umask 077 && mktemp -- "$file.XXXXXX")
  { [ ! -f "$file" ] || grep -v -- "^$name=" "$file" || true; printf '%s=%s\n' "$name" "$value"; } >"$next"
  chmod 0600 -- "$next"
  mv -- "$next" "$file"
}
