// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDomain, Signature} from "./IDomain.sol";

/// @notice What a registrar role may do. A participant without a role is a person.
library Role {
    /// @notice Keeps records, binds and attests people, votes, runs relays.
    uint8 internal constant INSTITUTION = 1;
    /// @notice Mines, and owns the bounties of the blocks it seals.
    uint8 internal constant RESEARCHER = 2;
    /// @notice Runs the OPRF look-up that turns an ID into an idTag.
    uint8 internal constant REGISTRAR_SERVICE = 3;
    /// @notice Reserved for break-glass access.
    uint8 internal constant EMERGENCY = 4;
}

/// @notice A participant's public keys, signed by identity and spend key.
/// @dev EIP-712, fields in this order.
struct Registration {
    bytes32 idTag; // blinded ID (OPRF output)
    address identity; // signs statements
    bytes32 spendX; // secp256k1 point that controllers are derived from
    bytes32 spendY;
    bytes32 viewKey; // X25519
    uint32 version; // 1 at first binding; rebinding will count up
}

/// @notice What the chain knows of a registered participant.
/// @dev First slot: 20 (identity) + 4 + 5 + 1 + 1 = 31 bytes. Rebinding (time lock, veto) is not
/// built yet; it will stand beside this slot, under the same idTag.
struct Entry {
    address identity;
    uint32 version;
    uint40 validFrom; // unix seconds
    uint8 assurance; // how well the binding institution checked the person
    uint8 attestations; // institutions other than the binding one that confirmed it; stops at 255
    bytes32 spendX;
    bytes32 spendY;
    bytes32 viewKey;
}

/// @notice Public profile of an institution or of a registrar service.
/// @dev Signed as `Profile(bytes32 idTag,string name,string url,bytes32 pin,bytes32 pinNext,
/// bytes32 catalogueHash,address anchorKey,uint32 sequence)`.
struct Profile {
    string name;
    string url; // of its node: gatekeeper, relay, chain door
    bytes32 pin; // SHA-256 of its TLS public key
    bytes32 pinNext;
    bytes32 catalogueHash;
    address anchorKey; // signs anchors and answers
    uint32 sequence; // strictly growing
}

/// @title Registrar Contract (paper III-B, RC)
/// @notice Maps blinded IDs to keys. Certified institutions register people and certify each other
/// by majority. Nobody owns it; whoever sends a signed message only pays for it.
interface IRegistrar is IDomain {
    /// @notice The idTag has keys already; new keys will come by rebinding.
    error RegistrarAlreadyBound(bytes32 idTag);
    /// @notice Nothing is registered under this idTag.
    error RegistrarUnknown(bytes32 idTag);
    /// @notice This identity key belongs to another idTag.
    error RegistrarIdentityTaken(address identity, bytes32 idTag);
    /// @notice A first binding has version 1; an attestation names the current version.
    error RegistrarWrongVersion(bytes32 idTag, uint32 version);
    /// @notice A registration without idTag, identity or view key.
    error RegistrarEmptyRegistration();
    /// @notice A network needs at least one founding institution.
    error RegistrarNoFounders();
    /// @notice The signature is not the one asked for.
    error RegistrarBadSignature(address expected);
    /// @notice The message was signed to be used until `deadline`.
    error RegistrarDeadlinePassed(uint32 deadline, uint256 blockTimestamp);
    /// @notice The participant does not hold the role this needs.
    error RegistrarNotCertified(bytes32 idTag, uint8 role);
    /// @notice No such role.
    error RegistrarUnknownRole(uint8 role);
    /// @notice This institution bound or attested this version already.
    error RegistrarAlreadyAttested(bytes32 idTag, bytes32 institution);
    /// @notice This institution has voted in this round.
    error RegistrarAlreadyVoted(bytes32 idTag, uint8 role, bytes32 institution);
    /// @notice The participant holds (or lacks) the role already.
    error RegistrarNothingToDecide(bytes32 idTag, uint8 role, bool certified);
    /// @notice The last institution cannot be removed: nobody could certify another.
    error RegistrarLastInstitution(bytes32 idTag);
    /// @notice A sequence number must be higher than the last one.
    error RegistrarStaleSequence(uint32 sequence, uint32 current);
    /// @notice The account relays for another certified institution.
    error RegistrarRelayTaken(address account, bytes32 institution);
    /// @notice The coinbase is another researcher's.
    error RegistrarCoinbaseTaken(address coinbase, bytes32 researcher);

    /// @notice Keys were bound to an idTag; `institution` is 0 for founders.
    event Bound(
        bytes32 indexed idTag,
        uint32 version,
        address identity,
        bytes32 spendX,
        bytes32 spendY,
        bytes32 viewKey,
        uint8 assurance,
        bytes32 institution,
        uint40 validFrom
    );
    /// @notice A further institution confirmed a binding.
    event Attested(bytes32 indexed idTag, uint32 version, bytes32 institution);
    /// @notice An institution voted for a change of role.
    event Voted(
        bytes32 indexed idTag, uint8 role, bool certified, bytes32 institution, uint32 round
    );
    /// @notice A majority changed a role.
    event RoleChanged(bytes32 indexed idTag, uint8 role, bool certified);
    /// @notice An institution or registrar service published its profile.
    event ProfileSet(
        bytes32 indexed idTag,
        string name,
        string url,
        bytes32 pin,
        bytes32 pinNext,
        bytes32 catalogueHash,
        address anchorKey,
        uint32 sequence
    );
    /// @notice An institution allowed or forbade an account to relay.
    event RelaySet(bytes32 indexed institution, address account, bool allowed, uint32 sequence);
    /// @notice A researcher named the account that its blocks credit.
    event CoinbaseSet(bytes32 indexed idTag, address coinbase, uint32 sequence);

    /// @notice Binds keys to an idTag for the first time.
    /// @dev `institutionSignature` is by the institution's identity key over
    /// `Bind(bytes32 registration,uint8 assurance,bytes32 institution,uint32 deadline)`, where
    /// `registration` is the struct hash of the Registration.
    function bind(
        Registration calldata registration,
        Signature calldata identitySignature,
        Signature calldata spendSignature,
        uint8 assurance,
        bytes32 institution,
        uint32 deadline,
        Signature calldata institutionSignature
    ) external;

    /// @notice Confirms a binding that another institution made, once per institution and version.
    /// @dev Signed as `Attest(bytes32 idTag,uint32 version,bytes32 institution,uint32 deadline)`.
    function attest(
        bytes32 idTag,
        uint32 version,
        bytes32 institution,
        uint32 deadline,
        Signature calldata signature
    ) external;

    /// @notice Votes to give a participant a role, or to take it; takes effect when more than half
    /// of the certified institutions did.
    /// @dev Signed as `Vote(bytes32 idTag,uint8 role,bool certified,bytes32 institution,uint32 round,
    /// uint32 deadline)` with the current `round`. A decision ends the round; so does the removal of
    /// any institution, so that its vote counts nowhere after it.
    function vote(
        bytes32 idTag,
        uint8 role,
        bool certified,
        bytes32 institution,
        uint32 deadline,
        Signature calldata signature
    ) external;

    /// @notice Publishes a profile; signed by the identity it describes.
    function setProfile(bytes32 idTag, Profile calldata profile, Signature calldata signature)
        external;

    /// @notice Allows or forbids an account to relay for an institution.
    /// @dev Signed as `Relay(bytes32 institution,address account,bool allowed,uint32 sequence)` by the
    /// institution and, to allow it, by the account: nobody claims another's account before its owner
    /// does. The sequence grows per institution.
    function setRelay(
        bytes32 institution,
        address account,
        bool allowed,
        uint32 sequence,
        Signature calldata signature,
        Signature calldata accountSignature
    ) external;

    /// @notice Names the account that a researcher's blocks credit.
    /// @dev Signed as `Coinbase(bytes32 idTag,address coinbase,uint32 sequence)` by the researcher and
    /// by the coinbase. Earlier coinbases stay the researcher's, with the bounties they own.
    function setCoinbase(
        bytes32 idTag,
        address coinbase,
        uint32 sequence,
        Signature calldata signature,
        Signature calldata coinbaseSignature
    ) external;

    /// @notice Current keys of an idTag; all zero (version 0) if it is not registered.
    function entries(bytes32 idTag) external view returns (Entry memory);

    /// @notice idTag of an identity key, 0 if there is none.
    function idTagOf(address identity) external view returns (bytes32);

    /// @notice Whether a participant holds a role.
    function isCertified(bytes32 idTag, uint8 role) external view returns (bool);

    /// @notice Number of certified institutions.
    function institutions() external view returns (uint256);

    /// @notice Round that a vote must name now.
    function roundOf(bytes32 idTag, uint8 role) external view returns (uint32);

    /// @notice Votes counted in the current round.
    function votesOf(bytes32 idTag, uint8 role) external view returns (uint256);

    /// @notice Whether an institution bound or attested this version of an idTag.
    function hasAttested(bytes32 idTag, uint32 version, bytes32 institution)
        external
        view
        returns (bool);

    /// @notice Profile last published, whether or not its owner is still certified.
    function profiles(bytes32 idTag) external view returns (Profile memory);

    /// @notice True while the account is allowed and its institution is certified.
    function isRelay(address account) external view returns (bool);

    /// @notice Institution an account relays for, 0 if none.
    function relayOf(address account) external view returns (bytes32);

    /// @notice Last sequence of an institution's relay messages.
    function relaySequenceOf(bytes32 institution) external view returns (uint32);

    /// @notice Identity of a certified institution, else 0.
    function institutionIdentity(bytes32 idTag) external view returns (address);

    /// @notice Anchor key of a certified institution, else 0.
    function anchorKeyOf(bytes32 idTag) external view returns (address);

    /// @notice A researcher's current coinbase and the sequence it was set with.
    function coinbaseOf(bytes32 idTag) external view returns (address coinbase, uint32 sequence);

    /// @notice Researcher who owns what a coinbase earned, 0 if none; certified or not.
    function researcherOf(address coinbase) external view returns (bytes32);

    /// @notice Running hash (192 bits) and number of all events.
    /// @dev Starts at 0; each event folds in as in the Ledger, with
    /// item = keccak256(topic0 || keccak256(further topics || data)).
    function head() external view returns (bytes24 head, uint64 count);
}
