#!/usr/bin/env bash
# A Vulkan driver that computes in software (Mesa's lavapipe), for the tests of backend-webgpu. Mesa must be 23 or newer:
# Dawn refuses the lavapipe of Debian 12, whose backports have a newer one.
set -euo pipefail
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
if [ "$codename" = bookworm ]; then
  list=$(mktemp --suffix=.list)
  trap 'rm -f "$list"' EXIT
  # For these two commands alone, apt reads this list in place of /etc/apt/sources.list.
  cat /etc/apt/sources.list >"$list" 2>/dev/null || true
  echo "deb http://deb.debian.org/debian bookworm-backports main" >>"$list"
  apt-get -o Dir::Etc::SourceList="$list" update
  apt-get -o Dir::Etc::SourceList="$list" install -y --no-install-recommends -t bookworm-backports mesa-vulkan-drivers
else
  apt-get update
  apt-get install -y --no-install-recommends mesa-vulkan-drivers
fi
