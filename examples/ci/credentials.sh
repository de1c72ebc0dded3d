#!/bin/sh
# Does every credential work? First by what is known, then by asking each vendor, so that a
# deployment does not find out at night.
#
#   RACKRATE   the program            (rackrate)
#   REPORTS    where reports go       (reports)
#
# Leaves credentials.json and credentials.xml (JUnit, a case per check). Ends with 5 where a person
# has to act before the next job.
set -u
RACKRATE="${RACKRATE:-rackrate}"
REPORTS="${REPORTS:-reports}"
mkdir -p "$REPORTS" || exit 1

"$RACKRATE" config validate || exit $?
"$RACKRATE" creds list -o json > "$REPORTS/credentials.json"
code=$?
if [ $code -eq 5 ]; then
  echo "credentials: somebody has to consent, see $REPORTS/credentials.json" >&2
  "$RACKRATE" creds list >&2
fi
[ $code -eq 0 ] || exit $code
"$RACKRATE" creds check --all -o junit > "$REPORTS/credentials.xml"
