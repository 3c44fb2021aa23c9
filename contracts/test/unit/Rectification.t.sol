// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {TitleRegistry} from "../../src/TitleRegistry.sol";
import {IRecordToken} from "../../src/interfaces/IRecordToken.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {ITitleRegistry} from "../../src/interfaces/ITitleRegistry.sol";
import {TitleTest} from "../support/TitleTest.sol";

/// @notice The only way around a holder's signature: announced, delayed, n of m, nothing erased.
contract RectificationTest is TitleTest {
    event RectificationProposed(
        uint256 indexed title,
        address indexed holder,
        address indexed to,
        uint8 basis,
        bytes32 document,
        uint64 notBefore,
        bytes32 digest
    );
    event RectificationWithdrawn(bytes32 indexed digest);
    event Rectified(
        uint256 indexed title,
        address indexed original,
        address indexed holder,
        uint8 basis,
        bytes32 document,
        bytes32 digest
    );

    constructor() {
        register("mallory", TITLE);
    }

    function test_rectify_whenAnnouncedDelayedAndSigned_movesTheTokenAndKeepsTheOriginal() public {
        ITitleRegistry.Rectification memory r = _rectificationOf("alice");
        bytes32 digest = titles.digestOf(r);
        bytes memory signature = signedBy("rectifier a", digest);
        uint64 notBefore = uint64(block.timestamp) + DELAY;
        vm.expectEmit(true, true, true, true, address(titles));
        emit RectificationProposed(TITLE, accountOf("mallory"), r.to, r.basis, r.document, notBefore, digest);
        titles.proposeRectification(r, accountOf("rectifier a"), signature);
        assertEq(titles.notBeforeOf(digest), notBefore, "not before");
        assertEq(titles.ownerOf(TITLE), accountOf("mallory"), "nothing moves by an announcement");

        vm.warp(notBefore);
        (address[] memory signers, bytes[] memory signatures) = _pair(digest, "rectifier a", "rectifier b");
        vm.expectEmit(true, true, true, true, address(titles));
        emit Rectified(TITLE, accountOf("mallory"), r.to, r.basis, r.document, digest);
        titles.rectify(r, signers, signatures);

        assertEq(titles.ownerOf(TITLE), r.to, "owner");
        assertEq(titles.balanceOf(accountOf("mallory")), 0, "balance before");
        assertEq(titles.balanceOf(r.to), 1, "balance now");
        assertEq(titles.nonceOf(TITLE), 1, "nonce");
        assertEq(titles.evidenceOf(TITLE), 1, "evidence");
        assertEq(titles.notBeforeOf(digest), type(uint64).max, "settled");
    }

    function test_rectify_whenEarly_reverts() public {
        ITitleRegistry.Rectification memory r = _proposed("alice");
        uint64 notBefore = uint64(block.timestamp) + DELAY;
        vm.warp(notBefore - 1);
        _refuses(r, "rectifier a", "rectifier b", abi.encodeWithSelector(ITitleRegistry.TooEarly.selector, notBefore));
    }

    function test_rectify_whenNeverAnnounced_reverts() public {
        ITitleRegistry.Rectification memory r = _rectificationOf("alice");
        _refuses(r, "rectifier a", "rectifier b", _notOpen(titles.digestOf(r)));
    }

    function test_rectify_whenTwice_reverts() public {
        ITitleRegistry.Rectification memory r = _proposed("alice");
        vm.warp(block.timestamp + DELAY);
        _rectify(r);
        _refuses(r, "rectifier a", "rectifier b", _notOpen(titles.digestOf(r)));
        bytes memory signature = signedBy("rectifier c", titles.digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(ITitleRegistry.RectificationExists.selector, titles.digestOf(r)));
        titles.proposeRectification(r, accountOf("rectifier c"), signature);
    }

    function test_rectify_whenTheHolderConveysMeanwhile_stillHolds() public {
        ITitleRegistry.Rectification memory r = _proposed("alice");
        convey("mallory", "mallory's friend", TITLE);
        vm.warp(block.timestamp + DELAY);
        vm.expectEmit(true, true, true, true, address(titles));
        emit Rectified(TITLE, accountOf("mallory's friend"), r.to, r.basis, r.document, titles.digestOf(r));
        _rectify(r);
        assertEq(titles.ownerOf(TITLE), accountOf("alice"), "owner");
    }

    function test_rectify_always_spendsWhatTheFormerHolderSigned() public {
        ITitleRegistry.Rectification memory r = _proposed("alice");
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "mallory's friend", 1, WHOLE);
        vm.warp(block.timestamp + DELAY);
        _rectify(r);
        refusesConveyance("mallory", c, abi.encodeWithSelector(ITitleRegistry.StaleNonce.selector, 1, 0));
    }

    function test_rectify_whenItNamesThePresentHolder_isANote() public {
        ITitleRegistry.Rectification memory r = _proposed("mallory");
        vm.warp(block.timestamp + DELAY);
        vm.recordLogs();
        _rectify(r);
        assertEq(vm.getRecordedLogs().length, 1, "no Transfer");
        assertEq(titles.ownerOf(TITLE), accountOf("mallory"), "owner");
        assertEq(titles.balanceOf(accountOf("mallory")), 1, "balance");
    }

    function test_rectify_whenTooFewOrNotDistinctOrStrangers_reverts() public {
        ITitleRegistry.Rectification memory r = _proposed("alice");
        vm.warp(block.timestamp + DELAY);
        bytes32 digest = titles.digestOf(r);
        bytes memory invalid = abi.encodeWithSelector(ITitleRegistry.InvalidSigners.selector);
        _refuses(r, "rectifier a", "rectifier a", invalid);
        (address[] memory signers, bytes[] memory signatures) = _pair(digest, "rectifier a", "rectifier b");
        (signers[0], signers[1]) = (signers[1], signers[0]);
        (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        vm.expectRevert(invalid);
        titles.rectify(r, signers, signatures);

        address[] memory one = new address[](1);
        one[0] = accountOf("rectifier a");
        bytes[] memory oneSignature = new bytes[](1);
        oneSignature[0] = signedBy("rectifier a", digest);
        vm.expectRevert(invalid);
        titles.rectify(r, one, oneSignature);
        (signers, signatures) = _pair(digest, "rectifier a", "rectifier b");
        vm.expectRevert(invalid);
        titles.rectify(r, signers, oneSignature);

        (signers, signatures) = _pair(digest, "rectifier a", "alice");
        vm.expectRevert(abi.encodeWithSelector(ITitleRegistry.NotARectifier.selector, accountOf("alice")));
        titles.rectify(r, signers, signatures);

        (signers, signatures) = _pair(digest, "rectifier a", "rectifier b");
        signatures[0] = signedBy("mallory", digest);
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        titles.rectify(r, signers, signatures);
    }

    function test_rectify_whenAfterTheDeadline_reverts() public {
        ITitleRegistry.Rectification memory r = _rectificationOf("alice");
        r.deadline = uint64(block.timestamp + DELAY);
        titles.proposeRectification(r, accountOf("rectifier a"), signedBy("rectifier a", titles.digestOf(r)));
        vm.warp(r.deadline + 1);
        _refuses(r, "rectifier a", "rectifier b", abi.encodeWithSelector(ISigned.DeadlinePassed.selector));
    }

    function test_propose_whenNotByARectifier_reverts() public {
        ITitleRegistry.Rectification memory r = _rectificationOf("alice");
        bytes memory signature = signedBy("alice", titles.digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(ITitleRegistry.NotARectifier.selector, accountOf("alice")));
        titles.proposeRectification(r, accountOf("alice"), signature);
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        titles.proposeRectification(r, accountOf("rectifier a"), signature);
    }

    function test_propose_whenTwice_doesNotStartTheDelayAgain() public {
        ITitleRegistry.Rectification memory r = _proposed("alice");
        bytes32 digest = titles.digestOf(r);
        bytes memory signature = signedBy("rectifier b", digest);
        vm.expectRevert(abi.encodeWithSelector(ITitleRegistry.RectificationExists.selector, digest));
        titles.proposeRectification(r, accountOf("rectifier b"), signature);
    }

    function test_propose_whenImpossible_reverts() public {
        ITitleRegistry.Rectification memory r = _rectificationOf("alice");
        r.basis = 0;
        _refusesProposal(r, abi.encodeWithSelector(ITitleRegistry.InvalidBasis.selector, 0));
        r.basis = 9;
        _refusesProposal(r, abi.encodeWithSelector(ITitleRegistry.InvalidBasis.selector, 9));
        r = _rectificationOf("alice");
        r.to = address(0);
        _refusesProposal(r, abi.encodeWithSelector(ITitleRegistry.InvalidRecipient.selector, address(0)));
        r = _rectificationOf("alice");
        r.title = 404;
        _refusesProposal(r, abi.encodeWithSelector(IRecordToken.UnknownToken.selector, 404));
        r = _rectificationOf("alice");
        r.deadline = uint64(block.timestamp - 1);
        _refusesProposal(r, abi.encodeWithSelector(ISigned.DeadlinePassed.selector));
    }

    function test_withdraw_whenSignedByTheThreshold_endsTheProposal() public {
        ITitleRegistry.Rectification memory r = _proposed("alice");
        bytes32 digest = titles.digestOf(r);
        ITitleRegistry.Withdrawal memory w = ITitleRegistry.Withdrawal({rectification: digest, deadline: NEVER});
        (address[] memory signers, bytes[] memory signatures) = _pair(titles.digestOf(w), "rectifier b", "rectifier c");
        vm.expectEmit(true, true, true, true, address(titles));
        emit RectificationWithdrawn(digest);
        titles.withdrawRectification(w, signers, signatures);
        vm.warp(block.timestamp + DELAY);
        _refuses(r, "rectifier a", "rectifier b", _notOpen(digest));
        vm.expectRevert(_notOpen(digest));
        titles.withdrawRectification(w, signers, signatures);
    }

    function test_withdraw_whenSignedForTheRectificationItself_reverts() public {
        ITitleRegistry.Rectification memory r = _proposed("alice");
        bytes32 digest = titles.digestOf(r);
        ITitleRegistry.Withdrawal memory w = ITitleRegistry.Withdrawal({rectification: digest, deadline: NEVER});
        (address[] memory signers, bytes[] memory signatures) = _pair(digest, "rectifier b", "rectifier c");
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        titles.withdrawRectification(w, signers, signatures);
    }

    function test_constructor_whenTheRuleIsImpossible_reverts() public {
        address[] memory two = new address[](2);
        (two[0], two[1]) = (address(1), address(2));
        _refusesRule(two, 0, DELAY);
        _refusesRule(two, 3, DELAY);
        _refusesRule(two, 2, 0);
        _refusesRule(two, 2, 365 days + 1);
        two[1] = address(1);
        _refusesRule(two, 1, DELAY);
        two[1] = address(0);
        _refusesRule(two, 1, DELAY);
        _refusesRule(new address[](0), 0, DELAY);
        _refusesRule(new address[](256), 1, DELAY);
    }

    function test_rectificationRule_always_saysWhatWasDeployed() public view {
        (uint8 rectifiers, uint8 threshold, uint64 delay) = titles.rectificationRule();
        assertEq(rectifiers, 3, "rectifiers");
        assertEq(threshold, 2, "threshold");
        assertEq(delay, DELAY, "delay");
        assertTrue(titles.isRectifier(accountOf("rectifier c")), "rectifier");
        assertTrue(!titles.isRectifier(accountOf("mallory")), "no rectifier");
    }

    function testFuzz_rectify_whenAnythingElseWasAnnounced_reverts(address to, uint8 basis, bytes32 document) public {
        ITitleRegistry.Rectification memory r = _proposed("alice");
        vm.warp(block.timestamp + DELAY);
        vm.assume(to != r.to || basis != r.basis || document != r.document);
        (r.to, r.basis, r.document) = (to, basis, document);
        _refuses(r, "rectifier a", "rectifier b", _notOpen(titles.digestOf(r)));
    }

    // ---- short ways

    function _rectificationOf(string memory to) private pure returns (ITitleRegistry.Rectification memory) {
        return ITitleRegistry.Rectification({
            title: TITLE, to: accountOf(to), basis: 1, document: keccak256("judgment"), nonce: 0, deadline: NEVER
        });
    }

    function _proposed(string memory to) private returns (ITitleRegistry.Rectification memory r) {
        r = _rectificationOf(to);
        titles.proposeRectification(r, accountOf("rectifier a"), signedBy("rectifier a", titles.digestOf(r)));
    }

    function _rectify(ITitleRegistry.Rectification memory r) private {
        (address[] memory signers, bytes[] memory signatures) = _pair(titles.digestOf(r), "rectifier a", "rectifier b");
        titles.rectify(r, signers, signatures);
    }

    function _pair(bytes32 digest, string memory one, string memory two)
        private
        pure
        returns (address[] memory signers, bytes[] memory signatures)
    {
        if (accountOf(one) > accountOf(two)) (one, two) = (two, one);
        signers = new address[](2);
        signatures = new bytes[](2);
        (signers[0], signers[1]) = (accountOf(one), accountOf(two));
        (signatures[0], signatures[1]) = (signedBy(one, digest), signedBy(two, digest));
    }

    function _refuses(ITitleRegistry.Rectification memory r, string memory one, string memory two, bytes memory because)
        private
    {
        (address[] memory signers, bytes[] memory signatures) = _pair(titles.digestOf(r), one, two);
        vm.expectRevert(because);
        titles.rectify(r, signers, signatures);
    }

    function _refusesProposal(ITitleRegistry.Rectification memory r, bytes memory because) private {
        bytes memory signature = signedBy("rectifier a", titles.digestOf(r));
        vm.expectRevert(because);
        titles.proposeRectification(r, accountOf("rectifier a"), signature);
    }

    function _refusesRule(address[] memory rectifiers, uint8 threshold, uint64 delay) private {
        vm.expectRevert(abi.encodeWithSelector(ITitleRegistry.InvalidRectifiers.selector));
        new TitleRegistry(rectifiers, threshold, delay);
    }

    function _notOpen(bytes32 digest) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ITitleRegistry.RectificationNotOpen.selector, digest);
    }
}
