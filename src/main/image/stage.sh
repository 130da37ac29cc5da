#!/usr/bin/env bash
# stage.sh PROGRAM_JAR FOLDER [JDK] : lays out what the image holds beside its base: FOLDER/runtime, a Java runtime with what the program
# needs and no more; FOLDER/program, the jar; FOLDER/archive, its classes as the JVM maps them into memory, which halves the start.
# The same inputs give the same bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

(($# == 2 || $# == 3)) || die "usage: stage.sh PROGRAM_JAR FOLDER [JDK]"
jar=$1 folder=$2
[[ -f $jar ]] || die "$jar is not there: mvn package -DskipTests makes it."

# the JDK that is asked for, else the one in use, else any of the machine
jdk=${3:-}
if [[ -z $jdk ]]; then
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [[ -x $candidate/bin/jlink ]] && grep -q '^JAVA_VERSION="25' "$candidate/release" 2>/dev/null; then
      jdk=$candidate
      break
    fi
  done
fi
[[ -n $jdk ]] || die "The image needs a JDK 25: install one, or name its folder with -Dimage.jdk=FOLDER."
grep -q '^JAVA_VERSION="25' "$jdk/release" 2>/dev/null || die "$jdk is no JDK 25."

rm -rf "$folder"
mkdir -p "$folder"/{program,archive}
# what jdeps finds, and: logging for Netty, DNS and LDAP names are java.naming's
modules=java.base,java.compiler,java.desktop,java.logging,java.management,java.naming,java.sql
modules+=,jdk.httpserver,jdk.management,jdk.unsupported
"$jdk/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --output "$folder/runtime"

cp "$jar" "$folder/program/mtls-operator.jar"
# the JVM refuses an archive of a jar with another time; in the image all files have this one
touch -d @1 "$folder/program/mtls-operator.jar" "$folder/runtime/lib/modules"

# without randomized addresses the dump is reproducible
grep -v '^#' "$here/classes.txt" >"$folder/classes.lst"
(cd "$folder/program" &&
  setarch -R "$folder/runtime/bin/java" -Xshare:dump -XX:SharedClassListFile="$folder/classes.lst" \
    -XX:SharedArchiveFile="$folder/archive/mtls-operator.jsa" \
    -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --sun-misc-unsafe-memory-access=allow \
    -jar mtls-operator.jar) >"$folder/dump.log" 2>&1 || die "the class archive could not be made: $(tail -n 3 "$folder/dump.log")"
