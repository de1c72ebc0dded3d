#!/bin/sh
# Is any account without a credential that works as far as is known? Nothing is sent, so it may
# run before every deployment.
#
#   RACKRATE   the program            (rackrate)
#   REPORTS    where reports go       (reports)
#
# Leaves credentials.json. Ends with 5 where a person has to consent before the next job.
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
exit $code
