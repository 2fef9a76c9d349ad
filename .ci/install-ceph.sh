#!/bin/sh
# Installs Ceph's object gateway and what it stands on (Debian: 100 MB), where we are root and apt-get can get it; does
# nothing where it is there. Ends with 1 and says so where it cannot be had.
set -eu

has_all() { command -v radosgw && command -v ceph-mon && command -v ceph-osd && command -v ceph; }

if has_all >/dev/null; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends radosgw ceph-mon ceph-osd >/dev/null || true
fi
if has_all >/dev/null; then exit 0; fi
echo 'Ceph is not here and cannot be installed' >&2
exit 1
