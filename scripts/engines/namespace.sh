#!/bin/bash
# Runs an isolated engine in its own namespaces: it can neither see nor affect the machine's containers, and all of it
# (service, monitors, containers, mounts) ends with the first process of the namespace.
#
# namespace.sh outer SERVICE...   creates the namespaces, runs "inner" in them, then cleans up
# namespace.sh inner SERVICE...   first process inside: reads commands from standard input, exits when it is closed
#   serve   start SERVICE                      -> "exited CODE" when it ends
#   kill    SIGKILL SERVICE, leave the rest    -> "exited 137"
# In mode systemd the first process becomes systemd, and standard input accepts no commands.
#
# Environment: PG_MODE (rootful|rootless|systemd), PG_ROOTFS (folder, or empty for the machine's own), PG_CGROUPS (v1|v2),
# PG_RUN (the run folder), PG_SOCKETS (the socket folder), PG_ENTER (command that creates a user namespace first, or empty),
# PG_HOSTNAME (host name inside), PG_OWNER (uid:gid of the engine, or empty for the caller's).
# Inside, PG_RUN is /mnt/lab and PG_SOCKETS is /run/podgraph/sockets. (Rootless Podman covers /run where it configures networks.)
set -u

group=podgraph-${PG_RUN##*/}

# Killed engines leave empty control groups, and Podman 5 and 6 those of removed pods. The last engine's run removes them;
# rmdir refuses used ones, and engines create theirs again when needed.
remove_control_groups() {
  find /sys/fs/cgroup -depth -type d -path "*/$group*" -exec rmdir {} + 2>/dev/null
  [ -z "$(ls -A "${PG_RUN%/*}")" ] || return 0
  find /sys/fs/cgroup -depth -type d \( -path '*/libpod_parent*' -o -path '*/docker' -o -path '*/docker/*' \) -exec rmdir {} + 2>/dev/null
}

# With control groups v1 SIGKILL does not end a frozen process, and so not its namespace. Thaws only this run's containers.
thaw() {
  [ -d /sys/fs/cgroup/freezer ] || return 0
  local ids=" $(ls "$PG_RUN/storage/overlay-containers" "$PG_RUN/storage/containers" 2>/dev/null | tr '\n' ' ')" state id
  find /sys/fs/cgroup/freezer -mindepth 2 -name freezer.state | while read -r state; do
    id=$(grep -oE '[0-9a-f]{64}' <<< "$state" | head -1)
    case $ids in *" ${id:-none} "*) echo THAWED > "$state" ;; esac
  done
}

case $1 in
outer)
  shift
  mkfifo "$PG_RUN/alive"
  { read -r _; thaw; } < "$PG_RUN/alive" & # thaws when the first process inside ends
  watcher=$!
  flags='-m -n -p -u'
  [ "$PG_MODE" != systemd ] || flags="$flags -i"
  $PG_ENTER setpriv --pdeathsig KILL unshare $flags --fork --kill-child=KILL --propagation private -- "$BASH" "$0" inner "$@" <&0 &
  child=$!
  if [ "$PG_MODE" = systemd ]; then
    cat <&0 > /dev/null & # ends when the caller closes it or exits
    wait -n $child $!
    kill -KILL $child 2>/dev/null
  fi
  wait $child
  code=$?
  kill $watcher 2>/dev/null
  thaw
  if [ -n "$PG_ENTER" ]; then
    # Files of the storage belong to the user's subordinate ids; the pause process of the user namespace is still running.
    $PG_ENTER rm -rf "$PG_RUN/storage"
    find "$PG_SOCKETS/enter" -name pause.pid -exec cat {} + | xargs -r kill -KILL
  fi
  rm -rf "$PG_RUN" "$PG_SOCKETS"
  remove_control_groups
  exit $code
  ;;
inner)
  exec 3> "$PG_RUN/alive"
  # The run's own control group, in which an unprivileged engine may create and freeze subgroups.
  if [ "$PG_MODE" != rootful ]; then
    hierarchy=/sys/fs/cgroup
    ! mountpoint -q $hierarchy/unified || hierarchy=$hierarchy/unified
    [ "$(id -u)" = 0 ] && [ -z "$PG_ENTER" ] || hierarchy=$hierarchy$(sed -n 's/^0:://p' /proc/self/cgroup)
    if mkdir "$hierarchy/$group" 2>/dev/null && echo $$ > "$hierarchy/$group/cgroup.procs" 2>/dev/null; then
      shift
      exec unshare -C -- "$BASH" "$0" delegated "$@"
    fi
    [ "$PG_MODE" != systemd ] || { echo "failed to make the control group $hierarchy/$group"; exit 1; }
  fi
  ;;
esac
stage=$1
shift

fail() { echo "failed $*"; exit 1; }

# This is still the machine's /proc: our process id as seen from outside, for nsenter.
read -r outside _ < /proc/self/stat

# Podgraph identifies a Podman by host name and folders, and all isolated engines have the same folders.
hostname "$PG_HOSTNAME" 2>/dev/null || busybox hostname "$PG_HOSTNAME" || fail "naming of the host (neither hostname nor busybox)"

if [ "$stage" = delegated ] || [ "$PG_CGROUPS-$PG_ENTER" = v2- ]; then
  if [ "$stage" = delegated ] || mountpoint -q /sys/fs/cgroup/unified; then
    umount -R /sys/fs/cgroup 2>/dev/null
    mount -t cgroup2 cgroup2 /sys/fs/cgroup || fail "mount of cgroup2"
  fi
elif mountpoint -q /sys/fs/cgroup/unified; then
  # An ordinary user cannot unmount it, but can hide it.
  umount /sys/fs/cgroup/unified 2>/dev/null || mount -t tmpfs tmpfs /sys/fs/cgroup/unified || fail "hiding the unified hierarchy"
fi

if [ "$PG_MODE" = systemd ]; then
  # Several engines may share the rootfs: each writes to its own overlay.
  mkdir -p "$PG_RUN/root" "$PG_RUN/upper" "$PG_RUN/work" &&
    mount -t overlay overlay -o "lowerdir=$PG_ROOTFS,upperdir=$PG_RUN/upper,workdir=$PG_RUN/work" "$PG_RUN/root" || fail "overlay"
  root=$PG_RUN/root
elif [ -n "$PG_ROOTFS" ]; then
  # pivot_root wants a mount point; a plain chroot is not enough for the engines' own mounts.
  root=$PG_ROOTFS
  mount --bind "$root" "$root" || fail "mount of the root"
else
  root=
fi

if [ "$PG_MODE" = systemd ]; then
  # An init system must not change the machine's devices or kernel parameters, except those of the network.
  mount -t proc proc "$root/proc" && mount --bind "$root/proc/sys" "$root/proc/sys" && mount -o remount,bind,ro "$root/proc/sys" &&
    mount --bind "$root/proc/sys/net" "$root/proc/sys/net" && mount -o remount,bind,rw "$root/proc/sys/net" || fail "mount of /proc"
  mount -t sysfs -o ro sysfs "$root/sys" && mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup" || fail "mount of /sys"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev" && mkdir -p "$root"/dev/{shm,pts,mqueue,net} || fail "mount of /dev"
  for device in null zero full random urandom tty fuse net/tun; do
    [ ! -e /dev/$device ] || { touch "$root/dev/$device" && mount --bind /dev/$device "$root/dev/$device"; } || fail "mount of $device"
  done
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" && ln -s pts/ptmx "$root/dev/ptmx" && ln -s /proc/self/fd "$root/dev/fd" || fail "mount of /dev/pts"
elif [ -n "$root" ]; then
  mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && mount --rbind /dev "$root/dev" || fail "mounts of the root"
else
  mount -t proc proc /proc || fail "mount of /proc"
fi
mount -t tmpfs tmpfs "$root/run" && mkdir -p "$root/run/podgraph/lab" "$root/run/podgraph/sockets" "$root/run/podgraph/old" &&
  mount --bind "$PG_RUN" "$root/run/podgraph/lab" && mount -t tmpfs tmpfs "$root/mnt" && mkdir "$root/mnt/lab" &&
  mount --move "$root/run/podgraph/lab" "$root/mnt/lab" && mount --bind "$PG_SOCKETS" "$root/run/podgraph/sockets" ||
  fail "mounts of the run's folders"
if [ -n "$root" ]; then cd "$root" && pivot_root . run/podgraph/old && umount -l /run/podgraph/old && cd / || fail "pivot_root"; fi
for folder in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs $folder || fail "mount of $folder"; done
# Files that callers create next to the socket have the same path inside. (systemd empties /tmp when it boots.)
[ "$PG_MODE" = systemd ] || { mkdir -p "$PG_SOCKETS" && mount --bind /run/podgraph/sockets "$PG_SOCKETS"; } || fail "mount of the sockets"
ip link set lo up 2>/dev/null || busybox ip link set lo up

if [ "$PG_MODE" = systemd ]; then
  # A user namespace may mount /proc only if a fully visible one exists.
  mkdir /mnt/proc && mount -t proc proc /mnt/proc || fail "mount of an uncovered /proc"
  mkdir -p /var/lib/containers/storage && mount --bind /mnt/lab/storage /var/lib/containers/storage || fail "mount of the storage"
fi

lab=/mnt/lab
cd /run/podgraph && mkdir xdg $lab/home && chmod 700 xdg $lab/home || fail "folders of the user"
if [ -n "$PG_OWNER" ]; then
  chmod 711 $lab && chown "$PG_OWNER" xdg $lab/home || fail "folders of the user"
  [ "$PG_MODE" = systemd ] || chown "$PG_OWNER" . sockets $lab/storage $lab/networks || fail "folders of the engine"
  # The user exists only inside, and may use the devices that udev rules of a desktop open to all users.
  for file in passwd shadow group subuid subgid; do
    touch "$lab/etc/$file.all" && if [ $file = shadow ]; then chmod 600 "$lab/etc/$file.all"; fi
    touch /etc/$file && { cat /etc/$file; cat "$lab/etc/$file"; } > "$lab/etc/$file.all" && mount --bind "$lab/etc/$file.all" /etc/$file || fail "mount of $file"
  done
  mkdir -p devices
  for device in 'net/tun 10 200' 'fuse 10 229'; do
    set -- $device "$@"
    if [ -e "/dev/$1" ] && mknod "devices/${1#*/}" c "$2" "$3" 2>/dev/null && chmod 666 "devices/${1#*/}"; then mount --bind "devices/${1#*/}" "/dev/$1"; fi
    shift 3
  done
  if [ "$stage" = delegated ] && [ "$PG_MODE" = rootless ]; then
    cgroup=/sys/fs/cgroup
    mkdir $cgroup/service && echo $$ > $cgroup/service/cgroup.procs && chown -R "$PG_OWNER" $cgroup || fail "control group of the service"
  fi
fi
cd /

echo "ready $outside $stage"
if [ "$PG_MODE" = systemd ]; then
  export container=private
  exec /sbin/init systemd.unit=multi-user.target < /dev/null > $lab/systemd.log 2>&1
fi
while read -r command; do
  case $command in
    serve) { "$@" < /dev/null >> $lab/service.log 2>&1 3>&- & echo $! > $lab/service.pid; wait $!; echo "exited $?"; } 2>> $lab/shell.log 3>&- & ;;
    kill) kill -KILL "$(cat $lab/service.pid)" ;;
  esac
done
# End of input: the caller closed it or exited. The kernel kills everything else in the namespace.
exit 0
