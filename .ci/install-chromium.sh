#!/bin/sh
# Installs Debian's Chromium and a font for it, where we are root and apt-get can get them; does nothing where one is there. Ends with
# 1 and says so where it cannot be had.
set -eu

has_one() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

if has_one >/dev/null; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null || true
fi
if has_one >/dev/null; then exit 0; fi
echo 'Chromium is not here and cannot be installed' >&2
exit 1
