#!/usr/bin/env bash
# Builds a web application of Spring Boot in a cache outside the repository, and prints the path of its jar as the last line of
# stdout; progress goes to stderr. Takes about a minute the first time.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "the application of Spring Boot")
inputs=$(digest "$here"/spring-boot/{pom.xml,src/main/java/app/App.java})

fill() {
  cp -r "$here/spring-boot" "$1/source" &&
    build "the application of Spring Boot" \
      mvn --batch-mode --no-transfer-progress --quiet --file "$1/source/pom.xml" package >&2 ||
    die "Cannot build the application of Spring Boot: install Maven, with access to a Maven repository."
  mv "$1/source/target/app.jar" "$1/app.jar"
  rm -rf "$1/source"
}

folder=$(provision "spring-boot-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder/app.jar"
