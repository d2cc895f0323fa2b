"""Access tokens: issued by the token endpoint for a signed assertion, or signed by the client."""

import secrets
import time
from typing import Any, Final
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from google.auth import exceptions, jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dagster_project.simulator.google_analytics.account import CLIENT_EMAIL, Account
from dagster_project.simulator.google_analytics.responses import insufficient_scope, unauthenticated
from dagster_project.simulator.simulation import Simulation

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME: Final = 3_600  # seconds
_SCOPES: Final = frozenset(
    {"https://www.googleapis.com/auth/analytics.readonly", "https://www.googleapis.com/auth/analytics"}
)


class Tokens(dict[str, tuple[float, frozenset[str]]]):
    """Tokens of the account, with their end and scopes: one endpoint issues those of all Google's APIs."""


class Authorization:
    """Access by the service account's key. Tokens expire by real time, like the client's clock."""

    def __init__(self, simulation: Simulation, scopes: frozenset[str] = _SCOPES) -> None:
        self._accepted = scopes
        public_key = simulation.account(Account).key.public_key()
        self._public_key = public_key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._tokens = simulation.account(Tokens)

    def exchange(self, _: Request, body: bytes) -> Response:
        """`POST /ga4/token`: an access token for a signed assertion."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("grant_type") != GRANT:
            return _token_error("unsupported_grant_type", "Invalid grant_type.")
        claims = self._claims(form.get("assertion", ""))
        if claims is None or claims.get("iss") != CLIENT_EMAIL:
            return _token_error("invalid_grant", "Invalid JWT Signature.")
        token = f"ya29.{secrets.token_urlsafe(48)}"
        self._tokens[token] = (time.monotonic() + _LIFETIME, frozenset(str(claims.get("scope", "")).split()))
        return JSONResponse({"access_token": token, "expires_in": _LIFETIME - 1, "token_type": "Bearer"})

    def check(self, request: Request) -> None:
        """Raises the API's ErrorResponse unless the request has a valid token with the scope."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthenticated()
        expires, scopes = self._tokens.get(token, (0.0, frozenset()))
        if token in self._tokens:
            if expires < time.monotonic():
                raise unauthenticated()
            if not scopes & self._accepted:
                raise insufficient_scope()
            return
        claims = self._claims(token)
        if claims is None or claims.get("iss") != CLIENT_EMAIL:
            raise unauthenticated()
        # A self-signed token names the API as its audience, or scopes, or both.
        scopes = frozenset(str(claims.get("scope", "")).split())
        if scopes and not scopes & self._accepted:
            raise insufficient_scope()

    def _claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that was signed with the service account's key and is not expired."""
        try:
            claims: dict[str, Any] = dict(jwt.decode(token, certs=self._public_key))  # type: ignore[no-untyped-call]
        except (ValueError, exceptions.GoogleAuthError):
            return None
        return claims


def _token_error(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, 400)
