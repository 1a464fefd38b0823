// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PaperRegistrar, PaperRelationship, PaperSummary} from "./baseline/Paper.sol";
import {Test} from "./support/Test.sol";

// The walk of the paper's figure 2 on its own contracts, and what it costs: what ours are held against. Most of
// it is the code of a contract per pair; the bounty that must come with a pointer is three slots of it.
contract PaperTest is Test {
    address private constant PROVIDER = address(0x1001);
    address private constant PATIENT = address(0x1002);
    address private constant VIEWER = address(0x1003);
    string private constant QUERY =
        "SELECT * FROM observations WHERE patient = '8b0484cd-3dbd-8b8d-1b72-a32f74a5a846'";

    PaperRegistrar private registrar;
    PaperSummary private summary;
    PaperSummary private viewersSummary;

    function setUp() public {
        registrar = new PaperRegistrar();
        summary = new PaperSummary(PATIENT, registrar);
        viewersSummary = new PaperSummary(VIEWER, registrar);
        registrar.register("123-45-6789", PATIENT, address(summary));
    }

    function open() private returns (PaperRelationship relationship) {
        vm.prank(PROVIDER);
        relationship = new PaperRelationship(PATIENT);
        vm.prank(PROVIDER);
        relationship.addPointer(QUERY, keccak256("rows"), "hospital.example", 443, "avg iron");
        vm.prank(PROVIDER);
        summary.link(relationship);
    }

    function test_AProviderAddsARecordForANewPatient() public {
        (address account, address found) = registrar.lookup("123-45-6789");
        vm.assertEq(account, PATIENT);
        vm.assertEq(found, address(summary));
        PaperRelationship relationship = open();
        vm.assertEq(summary.count(), 1);
        vm.assertTrue(summary.statusOf(address(relationship)) == PaperSummary.Status.New);
        vm.prank(PATIENT);
        summary.answer(address(relationship), true);
        vm.assertTrue(summary.statusOf(address(relationship)) == PaperSummary.Status.Acknowledged);
        vm.assertEq(relationship.pointer(0).query, QUERY);
        vm.assertEq(relationship.bountyOf(0).owner, block.coinbase);
    }

    function test_APatientSharesAndStops() public {
        PaperRelationship relationship = open();
        vm.prank(PATIENT);
        relationship.allow(VIEWER, "SELECT iron", 0);
        vm.prank(PATIENT);
        viewersSummary.link(relationship);
        vm.assertTrue(relationship.canQuery(VIEWER, "SELECT iron"));
        vm.assertFalse(relationship.canQuery(VIEWER, "SELECT *"));
        vm.prank(PATIENT);
        relationship.revokeAll();
        vm.assertFalse(relationship.canQuery(VIEWER, "SELECT iron"));
    }

    function test_OnlyProvidersUpdateAndOnlyPatientsAnswer() public {
        PaperRelationship relationship = open();
        vm.expectRevert(abi.encodeWithSelector(PaperSummary.PaperUnauthorized.selector, PATIENT));
        vm.prank(PATIENT);
        summary.markUpdated(relationship);
        vm.expectRevert(abi.encodeWithSelector(PaperSummary.PaperUnauthorized.selector, PROVIDER));
        vm.prank(PROVIDER);
        summary.answer(address(relationship), true);
        vm.expectRevert(
            abi.encodeWithSelector(PaperRelationship.PaperUnauthorized.selector, PROVIDER)
        );
        vm.prank(PROVIDER);
        relationship.allow(VIEWER, QUERY, 0);
        vm.expectRevert(PaperRelationship.PaperNoBounty.selector);
        vm.prank(PROVIDER);
        relationship.updatePointer(0, keccak256("new rows"), "");
    }

    /// forge-config: default.isolate = true
    function test_gasOfTheSameWalk() public {
        vm.prank(PROVIDER);
        PaperRelationship relationship = new PaperRelationship(PATIENT);
        uint256 deployed = vm.lastCallGas().gasTotalUsed;
        vm.prank(PROVIDER);
        relationship.addPointer(QUERY, keccak256("rows"), "hospital.example", 443, "avg iron");
        uint256 pointed = vm.lastCallGas().gasTotalUsed;
        vm.prank(PROVIDER);
        summary.link(relationship);
        uint256 linked = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("relationship with its first pointer", deployed + pointed + linked);
        vm.prank(PATIENT);
        relationship.allow(VIEWER, QUERY, 1_800_000_000);
        uint256 allowed = vm.lastCallGas().gasTotalUsed;
        vm.prank(PATIENT);
        viewersSummary.link(relationship);
        vm.snapshotValue("grant", allowed + vm.lastCallGas().gasTotalUsed);
        vm.prank(PATIENT);
        relationship.revoke(VIEWER);
        vm.snapshotValue("revoke", vm.lastCallGas().gasTotalUsed);
        vm.prank(PROVIDER);
        relationship.updatePointer(0, keccak256("new rows"), "avg iron");
        uint256 updated = vm.lastCallGas().gasTotalUsed;
        vm.prank(PROVIDER);
        summary.markUpdated(relationship);
        vm.snapshotValue("pointer update", updated + vm.lastCallGas().gasTotalUsed);
    }
}
