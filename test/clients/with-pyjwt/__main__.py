"""Makes keys and tokens as services in Python do, with PyJWT. Prints one JSON object: the key set, and tokens with the
status that the server should answer."""

import json
import sys
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

issuer, audience = sys.argv[1:3]
now = int(time.time())

KEYS = {
    "RS256": (rsa.generate_private_key(65537, 2048), RSAAlgorithm),
    "PS256": (rsa.generate_private_key(65537, 3072), RSAAlgorithm),
    "ES256": (ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "ES384": (ec.generate_private_key(ec.SECP384R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
}
# Where nothing is said, ES384 is not among the algorithms that are taken.
TAKEN = ("RS256", "PS256", "ES256", "EdDSA")


def public(name):
    key, kind = KEYS[name]
    jwk = json.loads(kind.to_jwk(key.public_key()))
    return {**jwk, "kid": name, "alg": name, "use": "sig"}


def token(name, changes=None, algorithm=None, headers=None):
    claims = {"iss": issuer, "aud": audience, "sub": "someone", "exp": now + 600, "iat": now, "scope": "models:read"}
    claims.update(changes or {})
    claims = {key: value for key, value in claims.items() if value is not None}
    return jwt.encode(claims, KEYS[name][0], algorithm=algorithm or name, headers={"kid": name, **(headers or {})})


tokens = [(f"signed by {name}", token(name), 200 if name in TAKEN else 401) for name in KEYS]
tokens += [
    ("for several audiences", token("RS256", {"aud": ["other", audience]}), 200),
    ("of a typ that says access token", token("ES256", headers={"typ": "at+jwt"}), 200),
    ("with scp as a list", token("RS256", {"scope": None, "scp": ["models:read"]}), 200),
    ("without a scope", token("RS256", {"scope": None}), 403),
    ("that has expired", token("RS256", {"exp": now - 120}), 401),
    ("that does not expire", token("RS256", {"exp": None}), 401),
    ("of another issuer", token("RS256", {"iss": "https://other.test/"}), 401),
    ("for another audience", token("RS256", {"aud": "other"}), 401),
    ("of nobody", token("RS256", {"sub": None}), 401),
    ("signed by a key of the name of another", token("EdDSA", headers={"kid": "ES256"}), 401),
    ("signed with the algorithm of another key", token("PS256", algorithm="RS256", headers={"kid": "PS256"}), 401),
    ("without a signature", jwt.encode({"sub": "x", "iss": issuer, "aud": audience, "exp": now + 60}, None, algorithm="none"), 401),
]
print(
    json.dumps(
        {
            "version": jwt.__version__,
            "jwks": {"keys": [public(name) for name in KEYS]},
            "tokens": [{"what": what, "token": text, "status": status} for what, text, status in tokens],
        }
    )
)
