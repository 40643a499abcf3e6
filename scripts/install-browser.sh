#!/usr/bin/env bash
# Installs what the browser tests need and npm cannot bring: Debian's Chromium.
set -euo pipefail
command -v chromium >/dev/null 2>&1 && exit 0
[ "$(id -u)" -eq 0 ] || { echo "Chromium is missing: run 'apt-get install chromium' as root." >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends chromium
