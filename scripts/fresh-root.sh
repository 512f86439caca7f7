#!/usr/bin/env bash
# Shows that this tree needs nothing but Debian 12 and a network: makes a minimal root with debootstrap, clones the last
# commit into it and runs commands there, first with the network, then without. Needs root, debootstrap, git, 8 GB.
# Package sources, certificates and pip's configuration are this machine's own, copied.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if (($# < 1)) || [[ $1 == -* ]]; then
  cat >&2 <<'USAGE'
usage: scripts/fresh-root.sh FOLDER [ONLINE_COMMAND [OFFLINE_COMMAND]]
  FOLDER is the new root, outside this tree; it is left there, and an existing one is used as it is (delete it to begin anew).
  Commands run in the clone, with shared/ beside it where this tree has one. Default: './check', then './check' without network.
example: scripts/fresh-root.sh /var/tmp/fresh './anser claim run s5_state_tracking' './check --quick'
USAGE
  exit 2
fi
((EUID == 0)) || { echo "fresh-root: wanted root, got user $EUID: chroot needs it" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "fresh-root: no debootstrap: apt-get install debootstrap" >&2; exit 2; }

fresh=$(realpath -m "$1") online=${2:-./check} offline=${3:-./check}
[[ $fresh/ != "$here"/* ]] || { echo "fresh-root: $fresh lies inside the tree, wanted a folder outside it" >&2; exit 2; }

make_root() {
  local mirror
  # shellcheck disable=SC2016
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$2 == "bookworm" {print $1; exit}')
  debootstrap --variant=minbase bookworm "$fresh.new" "${mirror:?no apt source for bookworm}" >/dev/null
  rm -f "$fresh.new/etc/apt/sources.list"
  cp -a /etc/apt/{sources.list,sources.list.d,auth.conf,auth.conf.d,keyrings,trusted.gpg.d} "$fresh.new/etc/apt/" 2>/dev/null || true
  find /etc/apt/apt.conf.d -type f -exec grep -q '^ *Acquire' {} \; -exec cp -t "$fresh.new/etc/apt/apt.conf.d/" {} +
  cp -a /usr/share/keyrings/. "$fresh.new/usr/share/keyrings/"
  [[ ! -f /etc/pip.conf ]] || cp /etc/pip.conf "$fresh.new/etc/"
  mkdir -p "$fresh.new/usr/local/share/ca-certificates"
  cp -a /usr/local/share/ca-certificates/. "$fresh.new/usr/local/share/ca-certificates/" 2>/dev/null || true
  cp -L /etc/resolv.conf /etc/hosts "$fresh.new/etc/"
  mv "$fresh.new" "$fresh"
}

clone_tree() {
  mkdir -p "$fresh/srv"
  git clone --quiet --no-hardlinks "$here" "$fresh/srv/anser"
  [[ ! -d $here/../shared ]] || cp -a "$here/../shared" "$fresh/srv/shared"
}

in_root() {  # in_root NETWORK COMMAND: NETWORK is on or off
  local isolate=(--mount --pid --fork) start=$SECONDS status=0 settings
  [[ $1 == on ]] || isolate+=(--net)
  mapfile -t settings < <(env | grep -E '^(PIP_|https?_proxy=|HTTPS?_PROXY=|no_proxy=|CI=|TERM=)' || true)
  echo "fresh-root: network $1: $2" >&2
  # shellcheck disable=SC2016
  unshare "${isolate[@]}" bash -c '
    mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev"
    exec chroot "$@"' mounts "$fresh" \
    env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "${settings[@]}" bash -c "cd /srv/anser && $2" || status=$?
  echo "fresh-root: network $1: $2: exit $status after $((SECONDS - start)) s" >&2
  return "$status"
}

[[ -d $fresh ]] || make_root
[[ -d $fresh/srv/anser ]] || clone_tree
status=0
in_root on "$online" || status=1
in_root off "$offline" || status=1
exit "$status"
