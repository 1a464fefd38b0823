"""Section 8: signed requests and receipts (RFC 9421 in the ERC-8128 profile), sealed answers."""

import base64
import json
import re

from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_private_key

from .errors import MalformedError
from .keys import Account
from .networks import Network, struct_hash
from .primitives import (
    base64url,
    keccak,
    recover,
    recover_compact,
    sha256,
    sign_compact,
    sign_recoverable,
    to_hex,
    unbase64url,
)

LIFETIME = 60
INFO = b"medrec/v1/answer"
REQUEST_COVERS = ("@authority", "@method", "@path", "content-digest", "content-type")
ANSWER_COVERS = (
    '"@status" "content-type" "content-digest" "@authority";req "@method";req "@path";req '
    '"content-digest";req "signature-input";req "signature";req'
)


def statement_digest(network: Network, statement: dict) -> bytes:
    return network.ledger_digest(struct_hash("RequestKey", statement))


def make_statement(network: Network, identity: bytes, statement: dict) -> dict:
    """The identity's statement for a request key, as it stands in a body."""
    signature = sign_compact(identity, statement_digest(network, statement))
    return {
        "idTag": to_hex(statement["idTag"]),
        "key": to_hex(statement["key"]),
        "audience": statement["audience"],
        "notBefore": statement["notBefore"],
        "expires": statement["expires"],
        "signature": to_hex(signature),
    }


def content_digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(sha256(body)).decode()}:"


def erc191(base: str) -> bytes:
    raw = base.encode()
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(raw)).encode(), raw)


def sign_http(private: bytes, label: str, base: str) -> str:
    raw = sign_recoverable(private, erc191(base))
    return f"{label}=:{base64.b64encode(raw[:64] + bytes([27 + raw[64]])).decode()}:"


def signature_bytes(label: str, header: str) -> bytes:
    """65 bytes r, s, v of a Signature header with one label."""
    found = re.fullmatch(re.escape(label) + r"=:([A-Za-z0-9+/]+=*):", header)
    raw = base64.b64decode(found.group(1)) if found else b""
    if len(raw) != 65 or raw[64] not in (27, 28):
        raise MalformedError("no signature of 65 bytes")
    return raw


def request_base(request: dict, parameters: str) -> str:
    values = {
        "@authority": request["authority"],
        "@method": request["method"],
        "@path": request["path"],
        "content-digest": content_digest(request["body"]),
        "content-type": request["contentType"],
    }
    lines = [f'"{name}": {values[name]}' for name in REQUEST_COVERS]
    return "\n".join([*lines, f'"@signature-params": {parameters}'])


def sign_request(account: Account, chain_id: int, request: dict, now: int, nonce: bytes) -> dict:
    """Headers of a signed request; `request` has authority, method, path, contentType, body."""
    covers = " ".join(f'"{name}"' for name in REQUEST_COVERS)
    parameters = (
        f'({covers});created={now};expires={now + LIFETIME};nonce="{base64url(nonce)}";'
        f'keyid="erc8128:{chain_id}:{to_hex(account.address)}"'
    )
    return {
        "content-digest": content_digest(request["body"]),
        "signature-input": f"eth={parameters}",
        "signature": sign_http(account.private, "eth", request_base(request, parameters)),
    }


def answer_base(request: dict, request_headers: dict, answer: dict, parameters: str) -> str:
    lines = [
        f'"@status": {answer["status"]}',
        f'"content-type": {answer["contentType"]}',
        f'"content-digest": {content_digest(answer["body"])}',
        f'"@authority";req: {request["authority"]}',
        f'"@method";req: {request["method"]}',
        f'"@path";req: {request["path"]}',
        f'"content-digest";req: {request_headers["content-digest"]}',
        f'"signature-input";req: {request_headers["signature-input"]}',
        f'"signature";req: {request_headers["signature"]}',
        f'"@signature-params": {parameters}',
    ]
    return "\n".join(lines)


def check_answer(chain_id: int, request: dict, request_headers: dict, answer: dict) -> tuple:
    """(address that signed the answer to exactly this request, when it was created)."""
    header = answer["headers"].get("signature-input", "")
    form = (
        r"node=(\(" + re.escape(ANSWER_COVERS) + r"\);created=(\d+);"
        rf'keyid="erc8128:{chain_id}:(0x[0-9a-f]{{40}})";tag="medrec-receipt")'
    )
    found = re.fullmatch(form, header)
    if not found:
        raise MalformedError("the answer carries no receipt of the form that is due")
    if answer["headers"].get("content-digest") != content_digest(answer["body"]):
        raise MalformedError("the answer's digest is of another body")
    raw = signature_bytes("node", answer["headers"].get("signature", ""))
    base = answer_base(request, request_headers, answer, found.group(1))
    signer = recover(erc191(base), raw[:64] + bytes([raw[64] - 27]))
    if to_hex(signer) != found.group(3):
        raise MalformedError("the receipt is not signed by the key that it names")
    return signer, int(found.group(2))


def recover_request(request: dict, headers: dict) -> bytes:
    """Address that signed a request."""
    raw = signature_bytes("eth", headers["signature"])
    parameters = headers["signature-input"].removeprefix("eth=")
    return recover(erc191(request_base(request, parameters)), raw[:64] + bytes([raw[64] - 27]))


def statement_signer(network: Network, statement: dict, signature: bytes) -> bytes:
    return recover_compact(statement_digest(network, statement), signature)


def open_sealed(reply_private: bytes, aad: bytes, enc: bytes, ciphertext: bytes) -> bytes:
    """The plain text of an answer (RFC 9180)."""
    try:
        cipher = HPKE.new(
            receiver_key=import_x25519_private_key(reply_private),
            aead_id=HPKE.AEAD.CHACHA20_POLY1305,
            enc=enc,
            info=INFO,
        )
        return cipher.unseal(ciphertext, aad)
    except ValueError as error:
        raise MalformedError("the answer does not open") from error


def open_body(reply_private: bytes, request_headers: dict, body: bytes) -> dict:
    try:
        sealed = json.loads(body)
        enc, ciphertext = unbase64url(sealed["enc"]), unbase64url(sealed["ciphertext"])
        aad = signature_bytes("eth", request_headers["signature"])
        return json.loads(open_sealed(reply_private, aad, enc, ciphertext))
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedError("an answer of another form") from error
