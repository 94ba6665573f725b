"""Verifies access tokens as a service does that has the URL of the public keys: a token a line.

Prints for each what signed it and whose it is, or why it is refused.
"""

import sys

import jwt

jwks_uri, issuer, audience = sys.argv[1:]
# PyJWT asks again for a key that it does not know, at most every 30 seconds where nothing else is
# said.
keys = jwt.PyJWKClient(jwks_uri, cooldown_duration=0)

for line in sys.stdin:
    token = line.strip()
    try:
        claims = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=["EdDSA", "ES256", "RS256"],
            issuer=issuer,
            audience=audience,
            options={"require": ["iss", "aud", "sub", "iat", "exp", "jti"]},
        )
        print(jwt.get_unverified_header(token)["alg"], "sub", claims["sub"], flush=True)
    except jwt.PyJWTError as error:
        print(type(error).__name__, flush=True)
