"""Stories of Authlib's OAuth 2.0 client, which has the tokens of a login."""

import os
import sys

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

# The metadata may name http, which is what there is on loopback.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
USER = "User id=1: <user@email.com, is_admin=False>"


def same(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def discover(issuer):
    """The metadata, held to Authlib's rules for them."""
    metadata = requests.get(get_well_known_url(issuer, external=True)).json()
    same(metadata["issuer"], issuer)
    rules = AuthorizationServerMetadata(metadata)
    for key in rules.REGISTRY_KEYS:
        # Authlib demands one, and there is none where there is no authorization endpoint.
        if key != "response_types_supported":
            getattr(rules, f"validate_{key}")()
    return metadata


def log_in(url):
    """The answer to a login, as the answer of a token endpoint."""
    form = {"email": "user@email.com", "password": "password"}
    tokens = requests.post(f"{url}/login", data=form).json()
    return {"access_token": tokens.pop("token"), **tokens}


def refused(error, call):
    try:
        call()
    except OAuthError as refusal:
        same(refusal.error, error)
        assert refusal.description
    else:
        raise AssertionError(f"it is not refused with {error}")


def begin(url, **client):
    """A session of a client, after a login."""
    metadata = discover(url)
    session = OAuth2Session(token=log_in(url), token_endpoint=metadata["token_endpoint"], **client)
    session.metadata.update(metadata)
    return session


def is_good(session, url):
    same(session.get(f"{url}/get-user").json(), {"user": USER})
    for method in ("GET", "POST"):
        answer = session.request(method, session.metadata["userinfo_endpoint"])
        same(answer.json(), {"sub": "1", "email": "user@email.com", "email_verified": True, "is_admin": False})


def is_over(session, url):
    same(session.get(f"{url}/get-user").status_code, 400)
    answer = session.get(session.metadata["userinfo_endpoint"])
    same(answer.status_code, 401)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"], answer.headers
    refused("invalid_grant", session.refresh_token)


def lead(url, **client):
    """From a login over refreshes to the end of the session."""
    saved = []
    save = lambda token, refresh_token: saved.append(dict(token))
    session = begin(url, update_token=save, **client)
    is_good(session, url)
    same(saved, [])

    first = dict(session.token)
    second = dict(session.refresh_token())
    same(saved, [second])
    same((second["token_type"], second["expires_in"]), ("Bearer", 900))
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    is_good(session, url)
    same(saved, [second])

    # What it does by itself when it takes its access token for expired.
    session.token["expires_at"] = 0
    is_good(session, url)
    third = dict(session.token)
    same(saved, [second, third])
    assert third["refresh_token"] != second["refresh_token"]

    revoked = session.revoke_token(session.metadata["revocation_endpoint"])
    same(revoked.status_code, 200)
    is_over(session, url)
    session.token["expires_at"] = 0
    refused("invalid_grant", lambda: session.get(f"{url}/get-user"))

    # An access token ends its session as well.
    session.token = log_in(url)
    is_good(session, url)
    access = {"token": session.token["access_token"], "token_type_hint": "access_token"}
    revoked = session.revoke_token(session.metadata["revocation_endpoint"], **access)
    same(revoked.status_code, 200)
    is_over(session, url)


def public(url, *_):
    lead(url, client_id="an unregistered app", token_endpoint_auth_method="none")
    lead(url)


def confidential(url, client_id, client_secret):
    secret = {"client_id": client_id, "client_secret": client_secret}
    lead(url, token_endpoint_auth_method="client_secret_basic", **secret)


def introspection(url, client_id, client_secret):
    gateway = begin(url, client_id=client_id, client_secret=client_secret)
    endpoint = gateway.metadata["introspection_endpoint"]

    def ask(token, hint):
        answer = gateway.introspect_token(endpoint, token=token, token_type_hint=hint)
        same(answer.status_code, 200)
        return answer.json()

    tokens = log_in(url)
    for hint in (None, "access_token", "refresh_token"):
        access = ask(tokens["access_token"], hint)
        same((access["active"], access["iss"]), (True, url))
        same((access["sub"], access["username"]), ("1", "user@email.com"))
        same((access["token_type"], access["exp"] - access["iat"]), ("Bearer", 900))
        refresh = ask(tokens["refresh_token"], hint)
        same((refresh["active"], refresh["sid"]), (True, access["sid"]))
        assert "token_type" not in refresh, refresh
    gateway.revoke_token(gateway.metadata["revocation_endpoint"], token=tokens["refresh_token"])
    for token in (tokens["access_token"], tokens["refresh_token"], "nothing"):
        same(ask(token, None), {"active": False})

    stranger = begin(url, client_id=client_id)
    answer = stranger.introspect_token(endpoint)
    same((answer.status_code, answer.json()["error"]), (401, "invalid_client"))


def impostors(url, client_id, client_secret):
    """Those that do not prove who they are, or in a way that the metadata do not name."""
    wrong = begin(url, client_id=client_id, client_secret=client_secret[::-1])
    refused("invalid_client", wrong.refresh_token)
    unknown = begin(url, client_id="unknown", client_secret=client_secret)
    refused("invalid_client", unknown.refresh_token)
    post = {
        "token_endpoint_auth_method": "client_secret_post",
        "revocation_endpoint_auth_method": "client_secret_post",
    }
    other = begin(url, client_id=client_id, client_secret=client_secret, **post)
    assert "client_secret_post" not in other.metadata["token_endpoint_auth_methods_supported"]
    refused("invalid_client", other.refresh_token)
    for session in (wrong, unknown, other):
        answer = session.revoke_token(session.metadata["revocation_endpoint"])
        same((answer.status_code, answer.json()["error"]), (401, "invalid_client"))
        # Neither has used up the refresh token or ended the session.
        is_good(session, url)


STORIES = {story.__name__: story for story in (public, confidential, introspection, impostors)}
STORIES[sys.argv[1]](*sys.argv[2:])
