#!/bin/bash
# The inside of a private engine: namespaces of its own, so that it can neither see nor touch the machine's containers, and
# so that all of it (service, monitors, containers, mounts) goes when the first process of the namespace goes.
#
# namespace.sh outer SERVICE...   makes the namespaces, runs "inner" in them, and afterwards removes what a run leaves
# namespace.sh inner SERVICE...   first process inside: reads commands from standard input, dies when that is closed
#   serve   start SERVICE                      -> "exited CODE" when it ends
#   kill    SIGKILL SERVICE, leave the rest    -> "exited 137"
# Environment: PG_ROOTFS (folder, or empty for the machine's own), PG_CGROUPS (v1|v2|own), PG_RUN (the run's folder),
# PG_SOCKETS (the folder of its sockets), PG_ENTER (command that makes the user namespace first, or empty).
set -u

# Engines that die leave empty control groups behind, and Podman 5 and 6 those of pods that they removed. They go with the
# last engine; rmdir refuses what is in use, and engines make theirs again when they need them.
forget_control_groups() {
  [ -z "$(ls -A "${PG_RUN%/*}")" ] || return 0
  find /sys/fs/cgroup -depth -type d \( -path '*/libpod_parent*' -o -path '*/docker' -o -path '*/docker/*' \) -exec rmdir {} + 2>/dev/null
}

if [ "$1" = outer ]; then
  shift
  $PG_ENTER unshare -m -n -p --fork --kill-child=KILL --propagation private -- "$BASH" "$0" inner "$@"
  code=$?
  if [ -n "$PG_ENTER" ]; then
    # Files of the storage belong to the user's subordinate ids; the process that holds the user namespace outlives all.
    $PG_ENTER rm -rf "$PG_RUN/storage"
    kill -KILL "$(cat "$PG_SOCKETS/enter/tmp/pause.pid")"
  fi
  rm -rf "$PG_RUN" "$PG_SOCKETS"
  forget_control_groups
  exit $code
fi
shift

fail() { echo "failed $*"; exit 1; }

# Still the machine's own /proc: this is our process id as seen from outside, for nsenter.
read -r outside _ < /proc/self/stat

case $PG_CGROUPS in
  v1) if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified || fail "umount of the unified hierarchy"; fi ;;
  v2) if mountpoint -q /sys/fs/cgroup/unified; then
        umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || fail "mount of cgroup2"
      fi ;;
  own) # An ordinary user cannot unmount it, but can hide it.
       if mountpoint -q /sys/fs/cgroup/unified; then mount -t tmpfs tmpfs /sys/fs/cgroup/unified || fail "hiding the unified hierarchy"; fi ;;
esac

if [ -n "$PG_ROOTFS" ]; then
  root=$PG_ROOTFS
  # pivot_root wants a mount point; a plain chroot is not enough for the engines' own mounts.
  mount --bind "$root" "$root" && mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && mount --rbind /dev "$root/dev" &&
    mount -t tmpfs tmpfs "$root/run" && mount -t tmpfs tmpfs "$root/tmp" && mount -t tmpfs tmpfs "$root/mnt" || fail "mounts of the root"
  # Storage and sockets have the same paths inside and outside; the paths up to them exist in memory only where they can.
  mkdir -p "$root$PG_RUN" "$root$PG_SOCKETS" "$root/mnt/old" &&
    mount --bind "$PG_RUN" "$root$PG_RUN" && mount --bind "$PG_SOCKETS" "$root$PG_SOCKETS" || fail "mounts of the run's folders"
  cd "$root" && pivot_root . mnt/old && umount -l /mnt/old && cd / || fail "pivot_root"
else
  mount -t proc proc /proc && mount -t tmpfs tmpfs /run || fail "mounts"
fi
mount -t tmpfs -o mode=1777 tmpfs /dev/shm || fail "mount of /dev/shm" # else all engines share one file of locks
ip link set lo up 2>/dev/null || busybox ip link set lo up

echo "ready $outside"
while read -r command; do
  case $command in
    serve) { "$@" < /dev/null >> "$PG_RUN/service.log" 2>&1 & echo $! > "$PG_RUN/service.pid"; wait $!; echo "exited $?"; } 2>> "$PG_RUN/shell.log" & ;;
    kill) kill -KILL "$(cat "$PG_RUN/service.pid")" ;;
  esac
done
# End of input: whoever started us stopped us, or is gone. The kernel kills everything else in the namespace.
exit 0
