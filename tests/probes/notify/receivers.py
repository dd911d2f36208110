"""Receivers on loopback: an HTTP server, a mail server, a syslog socket."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HttpReceiver:
    """Takes POSTs; ``answers`` are given in turn, the last one for ever."""

    def __init__(self, *answers):
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answers = list(answers) or [(200, {"errcode": 0, "code": 0})]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), body))
                one = outer.answers[0] if len(outer.answers) == 1 else outer.answers.pop(0)
                status, answer = one[:2]
                self.send_response(status)
                for name, value in one[2].items() if len(one) > 2 else ():
                    self.send_header(name, value)
                content = json.dumps(answer).encode()
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def bodies(self):
        return [json.loads(body) for _, _, body in self.got]


class MailReceiver:
    """A mail server that takes everything (or says no) and keeps it."""

    def __init__(self, *, refuse=False):
        self.mails, self.commands, self.refuse = [], [], refuse
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)

    def _serve(self):
        with contextlib.suppress(OSError):
            connection, _ = self.socket.accept()
            with connection, connection.makefile("rwb", buffering=0) as stream:
                stream.write(b"220 here\r\n")
                for raw in stream:
                    line = raw.decode().strip()
                    self.commands.append(line)
                    word = line.upper().split(" ")[0]
                    if word == "DATA":
                        stream.write(b"354 go\r\n")
                        mail = []
                        for part in stream:
                            if part == b".\r\n":
                                break
                            mail.append(part)
                        self.mails.append(b"".join(mail))
                        stream.write(b"250 kept\r\n")
                    elif word == "EHLO":
                        stream.write(b"250-here\r\n250 AUTH PLAIN LOGIN\r\n")
                    elif word == "AUTH":
                        stream.write(b"535 no\r\n" if self.refuse else b"235 yes\r\n")
                    elif word == "QUIT":
                        stream.write(b"221 bye\r\n")
                        break
                    else:
                        stream.write(b"250 ok\r\n")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.thread.join()
