# shellcheck shell=bash disable=SC2016
# unstable.bash: packages of Debian's unstable suite, unpacked into a folder, with libraries, libc and
# loader of their own. From the mirror that apt already uses; nothing is installed, and root is not
# needed. What get-mysql and get-client share. Sets $cache.

readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg
cache=${GTIDOPS_MYSQL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gtidops/mysql}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

say() { echo "${0##*/}: $*" >&2; }

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die "$tool is missing (needed: $*)"
  done
}

# apt with folders of its own: this machine's package lists and its status are left alone.
apt_private() {
  local tool=$1
  shift
  "$tool" -q -o Dir::Etc::SourceList="$cache/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State::Lists="$cache/apt/lists" -o Dir::State::status=/dev/null \
    -o Dir::Cache="$cache/apt/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# The mirror that apt is configured with: the one of the main archive, not of the security updates.
mirror() {
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk '$1 == "Debian" { print $2; exit }'
}

prepare_apt() {
  local uri
  [ -r "$keyring" ] || die "$keyring is missing (package debian-archive-keyring)"
  uri=$(mirror)
  if [ -z "$uri" ] && [ "$(id -u)" = 0 ]; then
    say "apt has no package lists: apt-get update"
    apt-get -q update >&2
    uri=$(mirror)
  fi
  [ -n "$uri" ] || die "there is no MySQL >= $minimum on the PATH, and apt knows no Debian mirror" \
    "(run apt-get update, or install MySQL's own mysqld)"
  mkdir -p "$cache/apt/lists/partial" "$cache/apt/cache/archives/partial"
  echo "deb [signed-by=$keyring] $uri sid main" >"$cache/apt/sources.list"
}

# PACKAGE...: these and every library they need, but not perl, which only the packages' scripts use.
closure() {
  apt_private apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances "$@" | grep -E '^[a-z0-9]' | grep -vE '^(perl|libperl|libgdbm)' | sort -u
}

# download_into FOLDER ALONE PACKAGE...
download_into() {
  local folder=$1 alone=$2 packages
  shift 2
  apt_private apt-get update >&2 || return 1
  packages=$(closure "$@") || return 1
  # shellcheck disable=SC2086 # one word a package
  (cd "$folder" && apt_private apt-get download $packages $alone >&2)
}

# unpack_unstable FOLDER ALONE PACKAGE...: the packages with all that they need, and ALONE (names with
# blanks between) without. Whoever calls it holds a lock on the cache.
unpack_unstable() {
  local folder=$1 alone=$2 deb
  shift 2
  need apt-get apt-cache dpkg awk
  prepare_apt
  mkdir -p "$folder/debs"
  if ! download_into "$folder/debs" "$alone" "$@"; then
    # Unstable moves: a package may have left the mirror since the list was read.
    say "the download failed: once more with fresh lists"
    rm -rf "$cache/apt/lists" "$cache/apt/cache"
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/cache/archives/partial"
    download_into "$folder/debs" "$alone" "$@" || die "cannot download $* from the Debian mirror"
  fi
  for deb in "$folder"/debs/*.deb; do
    dpkg -x "$deb" "$folder"
  done
  rm -rf "$folder/debs" "$folder/usr/share/doc" "$folder/usr/share/man" "$folder/usr/share/locale"
}
