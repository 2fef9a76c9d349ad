#!/usr/bin/env bash
# Starts a Ceph of one monitor, one OSD in memory and one object gateway on 127.0.0.1, and ends when the gateway answers. Its
# files are in FOLDER, which must not be there yet; FOLDER/run/*.pid say what to end. About 15 seconds and 430 MB.
# usage: start-ceph.sh FOLDER GATEWAY_PORT MONITOR_PORT MONITOR_PORT_V1 ACCESS_KEY_ID SECRET_ACCESS_KEY
set -euo pipefail
folder=$1 port=$2 monitor=$3 monitor_v1=$4 access_key=$5 secret_key=$6
fsid=$(cat /proc/sys/kernel/random/uuid)
mkdir -p "$folder"/{mon,osd,run,log,rgw}

# cephx: with `auth = none`, the gateway of Ceph 16 hangs.
cat >"$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$monitor,v1:127.0.0.1:$monitor_v1]
mon initial members = a
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $folder/keyring
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind ipv6 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon warn on pool no redundancy = false
log file = $folder/log/\$name.log
run dir = $folder/run
admin socket = $folder/run/\$name.asok
pid file = $folder/run/\$name.pid
[mon.a]
mon data = $folder/mon
[osd.0]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 6442450944
[client.rgw]
rgw data = $folder/rgw
rgw frontends = beast endpoint=127.0.0.1:$port
rgw run sync thread = false
CONF
conf=(-c "$folder/ceph.conf")

# Says what failed with the end of what it said.
quietly() {
  if ! "$@" >>"$folder/log/start.txt" 2>&1; then
    echo "failed: $*" >&2
    tail -n 20 "$folder/log/start.txt" >&2
    exit 1
  fi
}
until_it() {
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  echo "not within a minute: $*" >&2
  exit 1
}
is_osd_up() { ceph "${conf[@]}" osd stat | grep -q '1 up'; }
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port"); }

keyring=$folder/keyring
quietly ceph-authtool -C "$keyring" --gen-key -n mon. --cap mon 'allow *'
quietly ceph-authtool "$keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
quietly ceph-authtool "$keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
quietly ceph-authtool "$keyring" --gen-key -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
quietly monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$monitor,v1:127.0.0.1:$monitor_v1]" "$folder/monmap"
quietly ceph-mon "${conf[@]}" -i a --mkfs --monmap "$folder/monmap" --keyring "$keyring"
quietly ceph-mon "${conf[@]}" -i a
quietly timeout 60 ceph "${conf[@]}" auth import -i "$keyring"
uuid=$(cat /proc/sys/kernel/random/uuid)
quietly timeout 60 ceph "${conf[@]}" osd new "$uuid"
quietly ceph-osd "${conf[@]}" -i 0 --mkfs --osd-uuid "$uuid"
quietly ceph-osd "${conf[@]}" -i 0
until_it is_osd_up
quietly timeout 60 ceph "${conf[@]}" osd crush set osd.0 1.0 host=localhost root=default
quietly timeout 120 radosgw-admin "${conf[@]}" -n client.rgw user create --uid=test --display-name=test \
  --access-key="$access_key" --secret="$secret_key"
quietly radosgw "${conf[@]}" -n client.rgw
until_it answers
