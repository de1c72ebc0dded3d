#!/bin/sh
# Changes the secret of a client where its vendor lets two live side by side (overlap = true): the
# first run proves the new one, a run after the reference was switched proves that, too.
#
#   RACKRATE   the program                        (rackrate)
#   REPORTS    where reports go                   (reports)
#   CLIENT     the client, as in [clients.NAME]
#   NEW        a reference to the new secret, such as vault:secret/rackrate#next
#
# Leaves rotate.json. Ends with 5 while something is left for a person: after the first run the
# switch of the reference, which is a change of the configuration and so a review.
set -u
RACKRATE="${RACKRATE:-rackrate}"
REPORTS="${REPORTS:-reports}"
CLIENT="${CLIENT:?names the client}"
mkdir -p "$REPORTS" || exit 1

if [ -n "${NEW:-}" ]; then
  set -- --new "$NEW"
else
  set -- --continue
fi
"$RACKRATE" creds rotate --client "$CLIENT" "$@" -o json > "$REPORTS/rotate.json"
code=$?
case $code in
  0) echo "rotate: the new secret of $CLIENT is in use; delete the old one" ;;
  5) echo "rotate: a person has the next step, see $REPORTS/rotate.json" >&2 ;;
  *) echo "rotate: it failed with $code" >&2 ;;
esac
exit $code
