"""A Secrets Manager that is not ours, for `cargo xtask interop`: moto, with two secrets.

Says `listening {…}` once it is ready, and ends when its input does.
"""

import json
import logging
import sys

import boto3
from moto.server import ThreadedMotoServer

SECRETS = {
    "hotels/house": json.dumps({"client_id": "e2e-client", "other": "not this one"}),
    "hotels/plain": "e2e-client-secret",
}

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
address = "http://%s:%s" % server.get_host_and_port()
manager = boto3.client(
    "secretsmanager",
    region_name="eu-west-1",
    endpoint_url=address,
    aws_access_key_id="interop",
    aws_secret_access_key="interop",
)
for name, text in SECRETS.items():
    manager.create_secret(Name=name, SecretString=text)
print("listening " + json.dumps({"address": address}), flush=True)
sys.stdin.read()
server.stop()
