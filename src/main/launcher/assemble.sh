#!/bin/sh
# assemble.sh PROGRAM_JAR FOLDER JDK: assembles the program with its launcher. FOLDER/bin/mtls-operator can be linked to and copied with FOLDER;
# FOLDER/lib holds the jar, the options of its JVM, and a class archive for JDK and for this place.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
jar=$1 folder=$2 jdk=$3

rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/lib"
# the same file under a second name where that is possible
ln "$jar" "$folder/lib/mtls-operator.jar" 2>/dev/null || cp -p "$jar" "$folder/lib/mtls-operator.jar"
cp "$here/jvm.options" "$folder/lib/"
cp "$here/mtls-operator" "$folder/bin/"
chmod 755 "$folder/bin/mtls-operator"

cd "$folder"
grep -v '^#' "$here/classes.txt" >lib/classes.lst
if ! env -u JAVA_TOOL_OPTIONS -u JDK_JAVA_OPTIONS -u _JAVA_OPTIONS JAVA_HOME="$jdk" \
  JAVA_OPTS='-Xshare:dump -XX:SharedClassListFile=lib/classes.lst -XX:SharedArchiveFile=lib/mtls-operator.jsa' \
  bin/mtls-operator >lib/dump.log 2>&1; then
  echo "assemble.sh: no class archive, so each start takes longer: $(tail -n 3 lib/dump.log)" >&2
  rm -f lib/mtls-operator.jsa
elif [ -r "$jdk/release" ]; then
  printf '%s %s/lib/mtls-operator.jar\n' "$(($(wc -c <lib/mtls-operator.jsa)))" "$(pwd -P)" | cat - "$jdk/release" >lib/archive-fits
fi
rm -f lib/classes.lst lib/dump.log
