#!/bin/busybox sh
# First program of the installation medium: writes the system to the first disk, which must be empty, and powers off.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
say() { echo "EDUCLOUD-INSTALLER $*" | tee /dev/ttyS0 >/dev/tty1; }
stop() { sync; sleep 1; poweroff -f; }
for m in $(cat /lib/modules/load); do modprobe -q "$m" 2>/dev/null; done

n=0
until medium=$(findfs LABEL=EDUCLOUD_INSTALL 2>/dev/null) || [ "$n" -ge 100 ]; do usleep 100000; n=$((n + 1)); done
mount -t iso9660 -o ro "$medium" /medium || { say 'failed: the medium cannot be read'; stop; }

target=
n=0
while [ -z "$target" ] && [ "$n" -lt 100 ]; do
  for d in vda sda hda; do [ -b "/dev/$d" ] && { target=/dev/$d; break; }; done
  usleep 100000
  n=$((n + 1))
done
[ -n "$target" ] || { say 'failed: there is no disk'; stop; }
# 512 zero bytes where a partition table would be: only then is there nothing to lose.
if [ -n "$(dd if="$target" bs=512 count=1 2>/dev/null | tr -d '\000')" ]; then
  say "failed: $target is not empty"
  stop
fi
say "writing the system to $target"
gunzip -c /medium/system.img.gz | dd of="$target" bs=1M conv=fsync 2>/dev/null || { say "failed: writing to $target"; stop; }
say 'done: powering off'
stop
