"""An SMTP server that prints each accepted mail as a line of JSON.

Its first line of output is its port. The arguments are a JSON object:
  tls          "off", "starttls" or "implicit"
  certificate  files of the certificate and of its key
  user         required user and password
  answers      the answers to RCPT in turn, such as "451 later", "550 no", "close" or "hang"; then 250
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

options = json.loads(sys.argv[1])
answers = list(options.get("answers", []))


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        answer = answers.pop(0) if answers else None
        if answer == "close":
            server.transport.close()
            return "421 closing"
        if answer == "hang":
            await asyncio.sleep(3600)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": message["Subject"],
            "sender": message["From"],
            "id": message["Message-ID"],
            "types": [part.get_content_type() for part in message.walk()],
            "text": message.get_body(("plain",)).get_content(),
            "html": message.get_body(("html",)).get_content(),
            "tls": session.ssl is not None or options["tls"] == "implicit",
        }
        print(json.dumps(mail), flush=True)
        return "250 accepted"


def authenticate(server, session, envelope, mechanism, data):
    given = [data.login.decode(), data.password.decode()]
    return AuthResult(success=given == options["user"], handled=given == options["user"])


async def main():
    context = None
    if options["tls"] != "off":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options["certificate"])
    settings = {"enable_SMTPUTF8": True}
    if "user" in options:
        settings |= {"authenticator": authenticate, "auth_required": True,
                     "auth_require_tls": options["tls"] != "implicit"}
    if options["tls"] == "starttls":
        settings |= {"tls_context": context, "require_starttls": True}
    implicit = context if options["tls"] == "implicit" else None
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(Handler(), hostname="localhost", loop=loop, **settings)
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=implicit)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
