// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// A literal reading of the contracts of the 2016 paper (section III-B, III-D, figure 1): plain strings,
// one contract per pair, one transaction per step. What it costs and what it shows to strangers is
// measured beside the product; it is not part of it.

/// @notice Registrar Contract: maps identification strings to an address and a Summary Contract.
contract PaperRegistrar {
    struct Participant {
        address account;
        address summary;
    }

    error PaperUnauthorized(address caller);

    event Registered(string id, address account, address summary);

    mapping(address institution => bool) public isInstitution;
    mapping(string id => Participant) private _participants;

    constructor() {
        isInstitution[msg.sender] = true;
    }

    modifier onlyInstitution() {
        if (!isInstitution[msg.sender]) revert PaperUnauthorized(msg.sender);
        _;
    }

    function certify(address institution) external onlyInstitution {
        isInstitution[institution] = true;
    }

    /// @notice "Identity registration can thus be restricted only to certified institutions."
    function register(string calldata id, address account, address summary)
        external
        onlyInstitution
    {
        _participants[id] = Participant(account, summary);
        emit Registered(id, account, summary);
    }

    function lookup(string calldata id) external view returns (address account, address summary) {
        Participant storage participant = _participants[id];
        return (participant.account, participant.summary);
    }
}

/// @notice Patient-Provider Relationship Contract, one per pair.
contract PaperRelationship {
    /// @dev "A query string ... affixed with the hash of this data subset", and where to ask.
    struct Pointer {
        string query;
        bytes32 hash;
        string host;
        uint16 port;
    }

    /// @dev A portion of the data that a viewer may see; may expire (section IV).
    struct Permission {
        string query;
        uint64 expiresAt; // unix seconds, 0 = never
    }

    /// @dev A bounty query and the miner who owns its answer (section III-D).
    struct Bounty {
        string query;
        address owner;
    }

    error PaperUnauthorized(address caller);
    error PaperNoBounty();

    event PointerAdded(uint256 index);
    event PointerUpdated(uint256 index);
    event ViewerAllowed(address viewer, string query);
    event ViewerRevoked(address viewer);
    event BountyOffered(uint256 index, address owner);

    address public immutable patient;
    address public immutable provider;

    Pointer[] private _pointers;
    /// @dev "A dictionary implementation (hash table) maps viewers' addresses to a list of
    /// additional query strings."
    mapping(address viewer => Permission[]) private _permissions;
    address[] private _viewers;
    Bounty[] private _bounties;

    constructor(address patient_) {
        patient = patient_;
        provider = msg.sender;
    }

    modifier onlyPatient() {
        if (msg.sender != patient) revert PaperUnauthorized(msg.sender);
        _;
    }

    modifier onlyProvider() {
        if (msg.sender != provider) revert PaperUnauthorized(msg.sender);
        _;
    }

    /// @notice Adds a pointer; every update must carry a bounty.
    function addPointer(
        string calldata query,
        bytes32 hash,
        string calldata host,
        uint16 port,
        string calldata bounty
    ) external onlyProvider {
        _pointers.push(Pointer(query, hash, host, port));
        emit PointerAdded(_pointers.length - 1);
        _offer(bounty);
    }

    /// @notice New hash of the same query, after the data changed.
    function updatePointer(uint256 index, bytes32 hash, string calldata bounty)
        external
        onlyProvider
    {
        _pointers[index].hash = hash;
        emit PointerUpdated(index);
        _offer(bounty);
    }

    /// @notice Lets a viewer run a further query string.
    function allow(address viewer, string calldata query, uint64 expiresAt) external onlyPatient {
        if (_permissions[viewer].length == 0) _viewers.push(viewer);
        _permissions[viewer].push(Permission(query, expiresAt));
        emit ViewerAllowed(viewer, query);
    }

    /// @notice Takes every query string from a viewer.
    function revoke(address viewer) public onlyPatient {
        delete _permissions[viewer];
        emit ViewerRevoked(viewer);
    }

    /// @notice Takes every query string from every viewer.
    function revokeAll() external onlyPatient {
        for (uint256 i; i < _viewers.length; ++i) {
            revoke(_viewers[i]);
        }
        delete _viewers;
    }

    /// @notice What the gatekeeper asks: an exact match of the query string.
    function canQuery(address viewer, string calldata query) external view returns (bool) {
        if (viewer == patient || viewer == provider) return true;
        Permission[] storage permissions = _permissions[viewer];
        for (uint256 i; i < permissions.length; ++i) {
            bool live = permissions[i].expiresAt == 0 || block.timestamp < permissions[i].expiresAt;
            if (live && keccak256(bytes(permissions[i].query)) == keccak256(bytes(query))) {
                return true;
            }
        }
        return false;
    }

    function pointer(uint256 index) external view returns (Pointer memory) {
        return _pointers[index];
    }

    function pointerCount() external view returns (uint256) {
        return _pointers.length;
    }

    function viewers() external view returns (address[] memory) {
        return _viewers;
    }

    function permissionsOf(address viewer) external view returns (Permission[] memory) {
        return _permissions[viewer];
    }

    function bountyOf(uint256 index) external view returns (Bounty memory) {
        return _bounties[index];
    }

    function bountyCount() external view returns (uint256) {
        return _bounties.length;
    }

    /// @dev "The function automatically appends the block's miner as the owner of the bounty."
    function _offer(string calldata query) private {
        if (bytes(query).length == 0) revert PaperNoBounty();
        _bounties.push(Bounty(query, block.coinbase));
        emit BountyOffered(_bounties.length - 1, block.coinbase);
    }
}

/// @notice Summary Contract: a participant's list of relationships and their statuses.
contract PaperSummary {
    enum Status {
        None,
        New,
        UpdatePending,
        Acknowledged,
        Rejected
    }

    struct Link {
        address relationship;
        Status status;
    }

    error PaperUnauthorized(address caller);
    error PaperUnknownRelationship(address relationship);

    event Linked(address relationship);
    event StatusChanged(address relationship, Status status);

    address public immutable owner;
    PaperRegistrar public immutable registrar;

    Link[] private _links;
    /// @dev Position + 1, 0 = not linked.
    mapping(address relationship => uint256 position) private _positions;

    constructor(address owner_, PaperRegistrar registrar_) {
        owner = owner_;
        registrar = registrar_;
    }

    /// @notice A provider links its patient's relationship; the patient links it to a viewer's summary.
    function link(PaperRelationship relationship) external {
        if (msg.sender != relationship.provider() && msg.sender != relationship.patient()) {
            revert PaperUnauthorized(msg.sender);
        }
        if (_positions[address(relationship)] != 0) return;
        _links.push(Link(address(relationship), Status.New));
        _positions[address(relationship)] = _links.length;
        emit Linked(address(relationship));
    }

    /// @notice "Only providers can update the status variable."
    function markUpdated(PaperRelationship relationship) external {
        if (msg.sender != relationship.provider()) revert PaperUnauthorized(msg.sender);
        _set(address(relationship), Status.UpdatePending);
    }

    /// @notice "Accepting or rejecting relationships is done only by the patients."
    function answer(address relationship, bool accepted) external {
        if (msg.sender != owner) revert PaperUnauthorized(msg.sender);
        _set(relationship, accepted ? Status.Acknowledged : Status.Rejected);
    }

    /// @notice Deletes a relationship from the list.
    function unlink(address relationship) external {
        if (msg.sender != owner) revert PaperUnauthorized(msg.sender);
        uint256 position = _position(relationship);
        Link memory last = _links[_links.length - 1];
        _links[position] = last;
        _positions[last.relationship] = position + 1;
        _links.pop();
        delete _positions[relationship];
        emit StatusChanged(relationship, Status.None);
    }

    function count() external view returns (uint256) {
        return _links.length;
    }

    function linkAt(uint256 position) external view returns (Link memory) {
        return _links[position];
    }

    function statusOf(address relationship) external view returns (Status) {
        return _links[_position(relationship)].status;
    }

    function _set(address relationship, Status status) private {
        _links[_position(relationship)].status = status;
        emit StatusChanged(relationship, status);
    }

    function _position(address relationship) private view returns (uint256) {
        uint256 position = _positions[relationship];
        if (position == 0) revert PaperUnknownRelationship(relationship);
        return position - 1;
    }
}
