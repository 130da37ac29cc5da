#!/usr/bin/env bash
# Compares two revisions of this repository: builds both, and lets them issue 1,000 certificates in turn, so that both meet the
# same noise of the machine. Prints the medians of both, and the second divided by the first.
#
# Usage: src/test/bench/compare.sh BEFORE AFTER [ROUNDS]
set -euo pipefail
if (($# < 2)); then
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
folder=$(mktemp -d)
jars=()
trap 'git worktree remove --force "$folder/tree" 2>/dev/null || true; rm -rf "$folder"' EXIT

for revision in "$1" "$2"; do
  commit=$(git rev-parse --verify --short "$revision^{commit}")
  if [[ ! -e $folder/$commit.jar ]]; then
    git worktree add --quiet --detach "$folder/tree" "$commit"
    mvn -B -ntp -q -f "$folder/tree" package -DskipTests
    cp "$folder/tree/target/mtls-operator.jar" "$folder/$commit.jar"
    git worktree remove --force "$folder/tree"
  fi
  jars+=("$folder/$commit.jar")
done
mvn -B -ntp -q -Pbench -Dbench=compare -Drounds="${3:-5}" -Dbuilds="${jars[0]},${jars[1]}"
