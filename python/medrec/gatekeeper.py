"""Asks an institution's gatekeeper: a signed request out, a receipt and an opened answer in."""

import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import requests
from .chain import ChainView
from .errors import MalformedError, RefusedError, UnprovenError, UnreachableError
from .keys import Keys
from .networks import Network
from .pairwise import Party
from .primitives import base64url, x25519_public
from .registrar import INSTITUTION

TIMEOUT = 30.0
DAY = 86400


@dataclass
class Gatekeeper:
    """The gatekeeper of one steward, as its profile names it."""

    network: Network
    keys: Keys
    me: Party
    url: str
    anchor_key: bytes

    def ask(self, path: str, members: dict) -> dict:
        """The opened answer to a signed request; raises RefusedError on a signed refusal."""
        now, reply = int(time.time()), os.urandom(32)
        authority = urlsplit(self.url).netloc
        account = self.keys.request(authority, now)
        body = {
            **members,
            "statement": self.statement(account.address, authority, now),
            "reply": base64url(x25519_public(reply)),
        }
        request = {
            "authority": authority,
            "method": "POST",
            "path": path,
            "contentType": "application/json",
            "body": json.dumps(body, separators=(",", ":")).encode(),
        }
        headers = requests.sign_request(
            account, self.network.chain_id, request, now, os.urandom(16)
        )
        answer = self.send(request, headers)
        if answer["status"] != 200:
            raise self.refusal(request, headers, answer)
        self.check_receipt(request, headers, answer)
        try:
            return requests.open_body(reply, headers, answer["body"])
        except MalformedError as error:
            raise UnprovenError(f"The answer cannot be opened: {error}") from error

    def statement(self, key: bytes, audience: str, now: int) -> dict:
        start = now - now % DAY
        members = {
            "idTag": self.me.id_tag,
            "key": key,
            "audience": audience,
            "notBefore": start,
            "expires": start + DAY,
        }
        return requests.make_statement(self.network, self.keys.identity.private, members)

    def send(self, request: dict, headers: dict) -> dict:
        sent = urllib.request.Request(
            self.url.rstrip("/") + request["path"],
            request["body"],
            {**headers, "content-type": request["contentType"]},
            method="POST",
        )
        try:
            with urllib.request.urlopen(sent, timeout=TIMEOUT) as response:
                return as_answer(response)
        except urllib.error.HTTPError as response:
            with response:
                return as_answer(response)
        except OSError as error:
            raise UnreachableError(f"{self.url} does not answer: {error}") from error

    def check_receipt(self, request: dict, headers: dict, answer: dict) -> None:
        try:
            signer, _ = requests.check_answer(self.network.chain_id, request, headers, answer)
        except MalformedError as error:
            raise UnprovenError(f"HTTP {answer['status']} without a receipt: {error}") from error
        if signer != self.anchor_key:
            raise UnprovenError("The receipt is signed by another key than the institution's.")

    def refusal(self, request: dict, headers: dict, answer: dict) -> RefusedError:
        """A refusal as it was told; what comes before the request is read is not signed."""
        try:
            self.check_receipt(request, headers, answer)
            signed = True
        except UnprovenError:
            signed = False
        try:
            body = json.loads(answer["body"])
            told = str(body["code"]), str(body["message"])
        except (ValueError, KeyError, TypeError):
            told = "UNEXPLAINED", "no reason of the form that is due"
        return RefusedError(answer["status"], *told, signed)


def as_answer(response) -> dict:
    return {
        "status": response.status,
        "contentType": response.headers.get("content-type", ""),
        "body": response.read(),
        "headers": {name.lower(): value for name, value in response.headers.items()},
    }


def gatekeeper_of(network: Network, keys: Keys, me: Party, view: ChainView, steward: bytes):
    """The gatekeeper of a steward, from the profile in the registrar."""
    if (steward, INSTITUTION) not in view.registrar.certified:
        raise UnprovenError("The steward that the share names is no certified institution.")
    profile = view.registrar.profiles.get(steward)
    if profile is None:
        raise UnreachableError("The institution has no profile in the registrar.")
    return Gatekeeper(network, keys, me, profile.url, profile.anchor_key)
