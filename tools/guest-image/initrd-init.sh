#!/bin/busybox sh
# First program of the guest: finds the root filesystem by its label, whatever bus the disk hangs on.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for m in $(cat /lib/modules/load); do modprobe -q "$m" 2>/dev/null; done
n=0
until root=$(findfs LABEL=educloud-root 2>/dev/null) || [ "$n" -ge 100 ]; do usleep 100000; n=$((n + 1)); done
if ! mount -t ext4 -o ro "$root" /newroot; then
  echo 'educloud guest: no filesystem with the label educloud-root' >/dev/console
  exec sh
fi
umount /proc /sys
mount --move /dev /newroot/dev
exec switch_root /newroot /sbin/init
