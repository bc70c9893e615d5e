#!/bin/sh
# Install what the tests need of the system and cannot bring: where we may, silently; else say how.
set -eu

missing=""
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing="$missing chromium"
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing="$missing fonts-noto-cjk"
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then
  [ -n "${TEST_DATABASE_URL:-}" ] || missing="$missing postgresql"
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing$missing …"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 — several names
  if { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/tmp/alumni-apt.log 2>&1; then
    exit 0
  fi
  tail -n 5 /tmp/alumni-apt.log
fi
echo "The tests need$missing. Install with: sudo apt-get install$missing" >&2
exit 1
