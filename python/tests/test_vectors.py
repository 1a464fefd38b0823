"""Every published vector, checked by this implementation; one class a section."""

import unittest

from medrec import networks, registration, relays
from medrec.controllers import controller_account, controller_address
from medrec.identification import normalise
from medrec.keys import Account, Keys, entropy_of, words_of
from medrec.look_ups import blind, evaluate, finalize
from medrec.networks import encode_word, struct_hash
from medrec.pairwise import (
    Party,
    note_key,
    note_tag,
    pair,
    pair_to_self,
    scope_salt,
    update_tag,
)
from medrec.primitives import (
    base64url,
    hmac,
    keccak,
    recover_compact,
    sign_compact,
    unbase64url,
    x25519,
    x25519_public,
)
from medrec.scopes import (
    consent_commitment,
    consent_digest,
    delegate_digest,
    delegation_hash,
    grant_commitment,
    relationship_id,
    schema_of,
    scope_hash,
    share_digest,
    sign_share,
    terms_hash,
)

from .vectors import NAMES, load, network, participant

NETWORK = network()
COVERED = {
    "1-networks",
    "2-keys",
    "2.1-identification",
    "2.2-registration",
    "2.3-pairwise",
    "2.4-controllers",
    "3-scopes",
    "10-look-ups",
    "9-relays",
    # in test_message_vectors.py and test_parts.py
    "4-operations",
    "4.1-stream",
    "5-notes",
    "6-pointer-map",
    "7-results",
    "7.1-multi-proofs",
    "7.2-parts",
    "8-requests",
    # in test_access_logs.py
    "8.4-access-logs",
}


def scope_of(value: dict) -> dict:
    entries = [{**entry, "mask": int(entry["mask"])} for entry in value["entries"]]
    return {**value, "entries": entries}


class EveryFile(unittest.TestCase):
    def test_no_vector_file_is_left_out(self):
        self.assertEqual(set(NAMES), COVERED)


class Networks(unittest.TestCase):
    def test_types_and_domains(self):
        vector = load("1-networks")
        self.assertEqual(networks.TYPES, vector["types"])
        self.assertEqual(NETWORK.ledger_digest(bytes(32)), vector["ledgerDigestOfZero"])
        self.assertEqual(NETWORK.registrar_digest(bytes(32)), vector["registrarDigestOfZero"])
        given = vector["structOfAText"]
        words = keccak(given["type"].encode()), encode_word("string", given["name"])
        self.assertEqual(keccak(*words), given["hash"])


class ParticipantKeys(unittest.TestCase):
    def test_keys_from_words(self):
        vector = load("2-keys")
        self.assertEqual(len(vector["participants"]), 2)
        for case in vector["participants"]:
            with self.subTest(words=case["words"]):
                self.check(Keys(entropy_of(case["words"]), vector["networkId"]), case)

    def check(self, keys: Keys, case: dict):
        self.assertEqual(keys.entropy, case["entropy"])
        self.assertEqual(words_of(case["entropy"]), case["words"])
        self.account(keys.identity, case["identity"])
        self.account(keys.spend, case["spend"])
        self.assertEqual(keys.view, case["view"]["privateKey"])
        self.assertEqual(keys.view_public, case["view"]["publicKey"])
        self.assertEqual(keys.self_secret, case["self"])
        grant, consent = case["grant"], case["consent"]
        self.account(keys.grant(grant["relationship"], grant["nonce"]), grant["account"])
        self.account(keys.consent(consent["nonce"]), consent["account"])
        slot, request = case["consentSlot"], case["request"]
        self.account(keys.consent_slot(slot["grant"]), slot["account"])
        self.account(keys.request(request["audience"], request["now"]), request["account"])
        self.account(keys.anchor(), case["anchor"])
        self.account(keys.coinbase(), case["coinbase"])
        for index, relay in enumerate(case["relay"]):
            self.account(keys.relay(index), relay)

    def account(self, found: Account, expected: dict):
        self.assertEqual(found.private, expected["privateKey"])
        self.assertEqual(found.public, expected["publicKey"])
        self.assertEqual(found.address, expected["address"])


class Identification(unittest.TestCase):
    def test_normal_form_and_id_tag(self):
        vector = load("2.1-identification")
        self.assertEqual(len(vector["cases"]), 3)
        for case in vector["cases"]:
            given = case["input"]
            text = normalise(given["type"], given["country"], given["value"], given["birthDate"])
            self.assertEqual(text, case["normalised"])
            blinded = blind(text.encode(), 0x1234567)
            output = finalize(text.encode(), 0x1234567, evaluate(vector["oprfKey"], blinded))
            self.assertEqual(output[:32], case["idTag"])


class LookUps(unittest.TestCase):
    def test_the_registrars_part(self):
        vector = load("10-look-ups")
        blinded = unbase64url(vector["request"]["blinded"])
        evaluated = base64url(evaluate(vector["key"], blinded))
        self.assertEqual(evaluated, vector["answer"]["evaluated"])


class Registrations(unittest.TestCase):
    def test_registration_binding_and_possession(self):
        vector = load("2.2-registration")
        keys, institution = (Keys(participant(i), NETWORK.network_id) for i in (1, 0))
        digest = registration.registration_digest(NETWORK, vector["registration"])
        self.assertEqual(struct_hash("Registration", vector["registration"]), vector["structHash"])
        self.assertEqual(digest, vector["digest"])
        self.assertEqual(sign_compact(keys.identity.private, digest), vector["identitySignature"])
        self.assertEqual(sign_compact(keys.spend.private, digest), vector["spendSignature"])
        shown = vector["possession"]
        self.assertEqual(x25519_public(shown["secret"]), shown["challenge"])
        answer = registration.possession(keys.view, shown["challenge"], digest)
        self.assertEqual(answer, shown["answer"])
        secret = x25519(shown["secret"], keys.view_public)
        self.assertEqual(hmac(secret, b"medrec/v1/possession", digest), answer)
        for name in ("Bind", "Attest"):
            signed = vector[name.lower()]
            digest = NETWORK.registrar_digest(struct_hash(name, signed))
            found = sign_compact(institution.identity.private, digest)
            self.assertEqual(found, signed["signature"])


class Pairwise(unittest.TestCase):
    def test_secrets_tags_and_keys(self):
        vector = load("2.3-pairwise")
        steward, subject = self.party(vector["steward"]), self.party(vector["subject"])
        keys = [Keys(participant(i), NETWORK.network_id) for i in (0, 1)]
        network_id = NETWORK.network_id
        secret = pair(network_id, steward, subject, keys[0].view, subject)
        self.assertEqual(secret, vector["stewardToSubject"])
        self.assertEqual(pair(network_id, steward, subject, keys[1].view, steward), secret)
        back = pair(network_id, subject, steward, keys[1].view, steward)
        self.assertEqual(back, vector["subjectToSteward"])
        self.assertEqual(pair_to_self(keys[1].self_secret), vector["subjectToSelf"])
        for note in vector["notes"]:
            self.assertEqual(note_tag(secret, note["counter"]), note["tag"])
            self.assertEqual(note_key(secret, note["counter"]), note["key"])
        for update in vector["updates"]:
            found = update_tag(secret, update["relationship"], update["n"])
            self.assertEqual(found, update["tag"])
        scope = vector["scopeSalt"]
        salts = {scope_salt(s, scope["relationship"], scope["grant"]) for s in (secret, back)}
        self.assertIn(scope["salt"], salts)

    def party(self, v: dict) -> Party:
        return Party(v["idTag"], v["identity"], v["version"], v["spendKey"], v["viewKey"])


class Controllers(unittest.TestCase):
    def test_public_and_private_half(self):
        for index, case in enumerate(load("2.4-controllers")["cases"]):
            spend = Keys(participant(index), NETWORK.network_id).spend
            facts = NETWORK.network_id, case["stewardToSubject"], case["role"], case["nonce"]
            self.assertEqual(controller_address(*facts, case["spendKey"]), case["address"])
            account = controller_account(*facts, spend)
            self.assertEqual(account.private, case["account"]["privateKey"])
            self.assertEqual(account.public, case["account"]["publicKey"])
            self.assertEqual(account.address, case["address"])


class Scopes(unittest.TestCase):
    def test_hashes_commitments_and_signatures(self):
        vector = load("3-scopes")
        hashed = terms_hash(vector["terms"])
        self.assertEqual(hashed, vector["termsHash"])
        relationship = vector["relationship"]
        found = relationship_id(relationship["steward"], relationship["subject"], hashed)
        self.assertEqual(found, relationship["id"])
        scope = scope_hash(scope_of(vector["scope"]))
        self.assertEqual(scope, vector["scopeHash"])
        self.assertEqual(grant_commitment(scope), vector["grantCommitment"])
        share, consent = vector["share"], vector["consent"]
        signer = Account(share["signer"]["privateKey"])
        signature = sign_share(NETWORK, signer.private, share["grant"], scope)
        self.assertEqual(signature, share["signature"])
        digest = share_digest(NETWORK, share["grant"], scope)
        self.assertEqual(recover_compact(digest, signature), signer.address)
        self.assertEqual(consent_commitment(scope, consent["slot"]), consent["commitment"])
        digest = consent_digest(NETWORK, consent["slot"], share["grant"], scope)
        signer = Account(consent["signer"]["privateKey"])
        self.assertEqual(sign_compact(signer.private, digest), consent["signature"])
        delegation, delegate = delegation_hash(vector["delegation"]), vector["delegate"]
        self.assertEqual(delegation, vector["delegationHash"])
        signer = Account(delegate["signer"]["privateKey"])
        digest = delegate_digest(NETWORK, delegate["slot"], delegation)
        self.assertEqual(sign_compact(signer.private, digest), delegate["signature"])
        for name, number in vector["schemas"].items():
            self.assertEqual(schema_of(name), number)


class RelayTokens(unittest.TestCase):
    def test_a_registrants_token_of_one_day(self):
        vector = load("9-relays")
        token = vector["token"]
        found = relays.token_id(
            vector["issuer"], NETWORK.network_id, vector["registrant"], token["day"]
        )
        self.assertEqual(found, token["id"])
        issuer = Keys(vector["issuer"], NETWORK.network_id)
        signature = relays.sign_token(NETWORK, issuer.identity.private, token)
        self.assertEqual(signature, token["signature"])


class Hashes(unittest.TestCase):
    def test_keccak_is_not_sha3(self):
        empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
        self.assertEqual(keccak(b"").hex(), empty)


if __name__ == "__main__":
    unittest.main()
