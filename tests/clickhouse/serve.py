"""Serves today's ClickHouse engine, chdb, over HTTP as far as leakscope needs it: python3 serve.py FOLDER

Prints the port, and ends when standard input ends. A server of today is in no package that tests can install.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from chdb import session

engine = session.Session(sys.argv[1])


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        keys = parse_qs(urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        statement = f"{keys['query'][0]} {body}" if "query" in keys else body
        try:
            engine.query(f"use {keys['database'][0]}")
            answer = engine.query(statement, "JSONEachRow").bytes()
            status = 200
        except Exception as error:
            answer, status = str(error).encode(), 500
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


engine.query("create database if not exists leakscope")
server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
server.serve_forever()
