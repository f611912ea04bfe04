"""Receives events over HTTP, reads them by the SDK of CloudEvents, and prints a line of JSON for each. The first line is
the port, with the version of the SDK."""

import base64
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

from cloudevents.http import from_http


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        # Images are no JSON: they are given back as they came.
        event = from_http(dict(self.headers), body, data_unmarshaller=unmarshalled)
        print(json.dumps({"attributes": dict(event.get_attributes()), "data": event.data}), flush=True)
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def unmarshalled(data):
    try:
        return json.loads(data)
    except ValueError:
        return base64.b64encode(data).decode()


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(json.dumps({"port": server.server_port, "version": version("cloudevents")}), flush=True)
server.serve_forever()
