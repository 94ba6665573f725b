"""Verifies an access token with the issuer alone: Authlib reads the configuration, PyJWT the keys.

Prints what signed the token and whose it is.
"""

import sys

import jwt
from authlib.integrations.base_client import OAuth2Mixin
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url

issuer, token = sys.argv[1:]


class App(OAuth2Mixin):
    """What the integrations of Authlib for web frameworks do with `server_metadata_url`."""

    client_cls = OAuth2Session


app = App(None, "an app", server_metadata_url=get_well_known_url(issuer, external=True))
metadata = app.load_server_metadata()
assert metadata["issuer"] == issuer, metadata

# It is no OpenID provider, and nothing in it makes Authlib believe that.
try:
    OpenIDProviderMetadata(metadata).validate()
except ValueError as error:
    assert "is required" in str(error), error
else:
    raise AssertionError("it passes for an OpenID provider")

keys = jwt.PyJWKClient(metadata["jwks_uri"])
claims = jwt.decode(
    token,
    keys.get_signing_key_from_jwt(token),
    algorithms=["EdDSA", "ES256", "RS256"],
    issuer=issuer,
    options={"require": ["iss", "sub", "exp"]},
)
print(jwt.get_unverified_header(token)["alg"], "sub", claims["sub"])
