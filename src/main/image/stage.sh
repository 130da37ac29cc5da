#!/usr/bin/env bash
# stage.sh PROGRAM_JAR FOLDER [JDK]: stages the content that the image adds to its base. FOLDER/runtime is a Java runtime with only the
# modules that the program needs; FOLDER/program holds the jar and the options of its JVM; FOLDER/archive is a class data sharing archive, which halves the startup time.
# The output is reproducible.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

(($# == 2 || $# == 3)) || die "usage: stage.sh PROGRAM_JAR FOLDER [JDK]"
jar=$1 folder=$2
[[ -f $jar ]] || die "$jar does not exist: run mvn package -DskipTests."

# the requested JDK, else JAVA_HOME, else any installed one
jdk=${3:-}
if [[ -z $jdk ]]; then
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [[ -x $candidate/bin/jlink ]] && grep -q '^JAVA_VERSION="25' "$candidate/release" 2>/dev/null; then
      jdk=$candidate
      break
    fi
  done
fi
[[ -n $jdk ]] || die "The image needs a JDK 25: install one, or set its folder with -Dimage.jdk=FOLDER."
grep -q '^JAVA_VERSION="25' "$jdk/release" 2>/dev/null || die "$jdk is not a JDK 25."

rm -rf "$folder"
mkdir -p "$folder"/{program,archive}
# the modules that jdeps finds, plus java.logging for Netty and java.naming for DNS and LDAP names
modules=java.base,java.compiler,java.desktop,java.logging,java.management,java.naming,java.sql
modules+=,jdk.httpserver,jdk.management,jdk.unsupported
"$jdk/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --output "$folder/runtime"

cp "$jar" "$folder/program/mtls-operator.jar"
# the options of the launcher, those of other Java versions left out, in the form that java reads by itself
awk '/^(#|$)/ { next } /^[0-9]+-:/ { if ($0 + 0 > 25) next; sub(/^[0-9]+-:/, "") } { print }' \
  "$here/../launcher/jvm.options" >"$folder/program/jvm.options"
# the JVM rejects an archive if the jar's modification time differs; all files in the image have this one
touch -d @1 "$folder/program/mtls-operator.jar" "$folder/runtime/lib/modules"

# disables address randomization, to make the dump reproducible
grep -v '^#' "$here/../launcher/classes.txt" >"$folder/classes.lst"
(cd "$folder/program" &&
  setarch -R "$folder/runtime/bin/java" -Xshare:dump -XX:SharedClassListFile="$folder/classes.lst" \
    -XX:SharedArchiveFile="$folder/archive/mtls-operator.jsa" \
    @jvm.options -jar mtls-operator.jar) >"$folder/dump.log" 2>&1 || die "cannot create the class archive: $(tail -n 3 "$folder/dump.log")"
