// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRecordToken} from "../../src/interfaces/IRecordToken.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {ITitleRegistry} from "../../src/interfaces/ITitleRegistry.sol";
import {ConveyanceKind as Kind} from "../../src/lib/ConveyanceKind.sol";
import {TitleTest} from "../support/TitleTest.sol";
import {Wallet} from "../support/Wallets.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @notice Registration, conveyance by the holder, evidence, and the ERC-721 face.
contract TitleRegistryTest is TitleTest {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event Registered(uint256 indexed title, address indexed holder, uint8 evidence, bytes32 document);
    event Conveyed(
        uint256 indexed title,
        address indexed from,
        address indexed to,
        uint8 kind,
        uint16 shareBps,
        uint64 executed,
        bytes32 document,
        uint64 nonce
    );
    event Substantiated(uint256 indexed title, uint8 evidence, bytes32 document);

    // ---- register

    function test_register_whenSignedByTheHolder_makesTheRecord() public {
        ITitleRegistry.Registration memory r = registrationOf("alice", TITLE);
        r.evidence = 1;
        bytes memory signature = signedBy("alice", titles.digestOf(r));
        vm.expectEmit(true, true, true, true, address(titles));
        emit Transfer(address(0), r.holder, TITLE);
        vm.expectEmit(true, true, true, true, address(titles));
        emit Registered(TITLE, r.holder, 1, r.document);
        titles.register(r, signature);

        assertEq(titles.ownerOf(TITLE), r.holder, "owner");
        assertEq(titles.balanceOf(r.holder), 1, "balance");
        assertEq(titles.nonceOf(TITLE), 0, "nonce");
        assertEq(titles.evidenceOf(TITLE), 1, "evidence");
        (address holder, uint32 number) = titles.recordOf(TITLE);
        assertEq(holder, r.holder, "holder");
        assertEq(number, 1, "number");
    }

    function test_register_whenKnown_reverts() public {
        register("alice", TITLE);
        ITitleRegistry.Registration memory r = registrationOf("mallory", TITLE);
        _refusesRegistration(r, "mallory", abi.encodeWithSelector(ITitleRegistry.TitleExists.selector, TITLE));
        r = registrationOf("alice", TITLE);
        _refusesRegistration(r, "alice", abi.encodeWithSelector(ITitleRegistry.TitleExists.selector, TITLE));
    }

    function test_register_whenSignedByAnother_reverts() public {
        _refusesRegistration(
            registrationOf("alice", TITLE), "mallory", abi.encodeWithSelector(ISigned.BadSignature.selector)
        );
    }

    function test_register_whenLate_reverts() public {
        ITitleRegistry.Registration memory r = registrationOf("alice", TITLE);
        r.deadline = uint64(block.timestamp - 1);
        _refusesRegistration(r, "alice", abi.encodeWithSelector(ISigned.DeadlinePassed.selector));
    }

    function test_register_whenTheEvidenceHasNoCode_reverts() public {
        ITitleRegistry.Registration memory r = registrationOf("alice", TITLE);
        r.evidence = 3;
        _refusesRegistration(r, "alice", abi.encodeWithSelector(ITitleRegistry.InvalidEvidence.selector, 3));
    }

    function test_register_whenAContractWalletSigns_makesTheRecord() public {
        ITitleRegistry.Registration memory r = registrationOf("alice", TITLE);
        r.holder = address(new Wallet(accountOf("alice")));
        titles.register(r, signedBy("alice", titles.digestOf(r)));
        assertEq(titles.ownerOf(TITLE), r.holder, "owner");
    }

    function test_register_always_countsTitles() public {
        register("alice", 10);
        register("bob", 5);
        (, uint32 number) = titles.recordOf(5);
        assertEq(number, 2, "number");
    }

    // ---- convey

    function test_convey_whenTheWholeIsAssigned_movesTheToken() public {
        register("alice", TITLE);
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "bob", Kind.ASSIGNMENT, WHOLE);
        bytes memory signature = signedBy("alice", titles.digestOf(c));
        vm.expectEmit(true, true, true, true, address(titles));
        emit Transfer(accountOf("alice"), c.to, TITLE);
        vm.expectEmit(true, true, true, true, address(titles));
        emit Conveyed(TITLE, accountOf("alice"), c.to, 1, WHOLE, c.executed, c.document, 0);
        titles.convey(c, signature);

        assertEq(titles.ownerOf(TITLE), c.to, "owner");
        assertEq(titles.balanceOf(accountOf("alice")), 0, "balance of the giver");
        assertEq(titles.balanceOf(c.to), 1, "balance of the receiver");
        assertEq(titles.nonceOf(TITLE), 1, "nonce");
        (, uint32 number) = titles.recordOf(TITLE);
        assertEq(number, 1, "the number stays");
    }

    function test_convey_whenTheKindMovesTitle_movesTheToken() public {
        uint8[6] memory moving =
            [Kind.ASSIGNMENT, Kind.NUNC_PRO_TUNC, Kind.MERGER, Kind.COURT_ORDER, Kind.CORRECTION, Kind.ACCOUNT_CHANGE];
        for (uint256 i = 0; i < moving.length; ++i) {
            register("alice", i);
            convey("alice", conveyanceOf(i, "bob", moving[i], WHOLE));
            assertEq(titles.ownerOf(i), accountOf("bob"), "moved");
            assertTrue(!titles.isParty(i, accountOf("bob")), "the token is mark enough");
        }
    }

    function test_convey_whenTheKindMovesNoTitle_leavesTheTokenAndMarksTheParty() public {
        uint8[3] memory staying = [Kind.SECURITY_INTEREST, Kind.LICENCE, Kind.GOVERNMENT_INTEREST];
        for (uint256 i = 0; i < staying.length; ++i) {
            register("alice", i);
            convey("alice", conveyanceOf(i, "bank", staying[i], WHOLE));
            assertEq(titles.ownerOf(i), accountOf("alice"), "stayed");
            assertTrue(titles.isParty(i, accountOf("bank")), "party");
            assertEq(titles.nonceOf(i), 1, "nonce");
        }
    }

    function test_convey_whenAShare_leavesTheTokenAndMarksTheParty() public {
        register("alice", TITLE);
        convey("alice", conveyanceOf(TITLE, "bob", Kind.PARTIAL_ASSIGNMENT, 3_000));
        assertEq(titles.ownerOf(TITLE), accountOf("alice"), "stayed");
        assertTrue(titles.isParty(TITLE, accountOf("bob")), "party");
        convey("alice", conveyanceOf(TITLE, "carol", Kind.ASSIGNMENT, 9_999));
        assertEq(titles.ownerOf(TITLE), accountOf("alice"), "stayed with an assignment of less than the whole");
        assertTrue(!titles.isParty(TITLE, accountOf("alice")), "the holder is no party");
    }

    function test_convey_whenANameChange_staysWithTheHolder() public {
        register("alice", TITLE);
        convey("alice", conveyanceOf(TITLE, "alice", Kind.NAME_CHANGE, WHOLE));
        assertEq(titles.ownerOf(TITLE), accountOf("alice"), "stayed");
        refusesConveyance(
            "alice",
            conveyanceOf(TITLE, "bob", Kind.NAME_CHANGE, WHOLE),
            abi.encodeWithSelector(ITitleRegistry.InvalidRecipient.selector, accountOf("bob"))
        );
    }

    function test_convey_whenACorrectionNamesTheHolder_isANote() public {
        register("alice", TITLE);
        vm.recordLogs();
        convey("alice", conveyanceOf(TITLE, "alice", Kind.CORRECTION, WHOLE));
        assertEq(vm.getRecordedLogs().length, 1, "no Transfer");
        assertTrue(!titles.isParty(TITLE, accountOf("alice")), "the holder is no party");
        assertEq(titles.ownerOf(TITLE), accountOf("alice"), "stayed");
        assertEq(titles.balanceOf(accountOf("alice")), 1, "balance");
        assertEq(titles.nonceOf(TITLE), 1, "nonce");
    }

    function test_convey_whenNotByTheHolder_reverts() public {
        register("alice", TITLE);
        bytes memory because = abi.encodeWithSelector(ISigned.BadSignature.selector);
        refusesConveyance("bob", conveyanceOf(TITLE, "bob", Kind.ASSIGNMENT, WHOLE), because);
        convey("alice", "bob", TITLE);
        refusesConveyance("alice", conveyanceOf(TITLE, "alice", Kind.ASSIGNMENT, WHOLE), because);
    }

    function test_convey_whenReplayed_reverts() public {
        register("alice", TITLE);
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "bob", Kind.PARTIAL_ASSIGNMENT, 100);
        convey("alice", c);
        refusesConveyance("alice", c, abi.encodeWithSelector(ITitleRegistry.StaleNonce.selector, 1, 0));
    }

    function test_convey_whenMalleated_reverts() public {
        register("alice", TITLE);
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "bob", Kind.ASSIGNMENT, WHOLE);
        bytes memory signature = malleated(signedBy("alice", titles.digestOf(c)));
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        titles.convey(c, signature);
    }

    function test_convey_whenLate_reverts() public {
        register("alice", TITLE);
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "bob", Kind.ASSIGNMENT, WHOLE);
        c.deadline = uint64(block.timestamp - 1);
        refusesConveyance("alice", c, abi.encodeWithSelector(ISigned.DeadlinePassed.selector));
    }

    function test_convey_whenTheTitleIsUnknown_reverts() public {
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "bob", Kind.ASSIGNMENT, WHOLE);
        refusesConveyance("alice", c, abi.encodeWithSelector(IRecordToken.UnknownToken.selector, TITLE));
    }

    function test_convey_whenTheKindIsImpossible_reverts() public {
        register("alice", TITLE);
        uint8[4] memory impossible = [0, 13, 255, Kind.RELEASE];
        for (uint256 i = 0; i < impossible.length; ++i) {
            refusesConveyance(
                "alice",
                conveyanceOf(TITLE, "bob", impossible[i], WHOLE),
                abi.encodeWithSelector(ITitleRegistry.InvalidKind.selector, impossible[i])
            );
        }
    }

    function test_convey_whenTheShareIsImpossible_reverts() public {
        register("alice", TITLE);
        _refusesShare(Kind.ASSIGNMENT, 0);
        _refusesShare(Kind.ASSIGNMENT, 10_001);
        _refusesShare(Kind.PARTIAL_ASSIGNMENT, 0);
        _refusesShare(Kind.PARTIAL_ASSIGNMENT, WHOLE);
        _refusesShare(Kind.ACCOUNT_CHANGE, 9_999);
        _refusesShare(Kind.SECURITY_INTEREST, 10_001);
    }

    function test_convey_whenTheReceiverIsImpossible_reverts() public {
        register("alice", TITLE);
        refusesConveyance(
            "alice",
            conveyanceOf(TITLE, "alice", Kind.ASSIGNMENT, WHOLE),
            abi.encodeWithSelector(ITitleRegistry.InvalidRecipient.selector, accountOf("alice"))
        );
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "bob", Kind.ASSIGNMENT, WHOLE);
        c.to = address(0);
        refusesConveyance("alice", c, abi.encodeWithSelector(ITitleRegistry.InvalidRecipient.selector, address(0)));
    }

    // ---- evidence

    function test_substantiate_whenBetter_raisesTheLevel() public {
        register("alice", TITLE);
        _substantiate("alice", 1);
        assertEq(titles.evidenceOf(TITLE), 1, "attached");
        _substantiate("alice", 2);
        _substantiate("alice", 2);
        assertEq(titles.evidenceOf(TITLE), 2, "matches, repeated with a newer document");
        assertEq(titles.nonceOf(TITLE), 3, "nonce");
        assertEq(titles.ownerOf(TITLE), accountOf("alice"), "owner");
    }

    function test_substantiate_whenWorseOrWithoutCode_reverts() public {
        register("alice", TITLE);
        _refusesSubstantiation(0);
        _substantiate("alice", 2);
        _refusesSubstantiation(1);
        _refusesSubstantiation(3);
    }

    function test_substantiate_whenNotByTheHolder_reverts() public {
        register("alice", TITLE);
        ITitleRegistry.Substantiation memory s = _substantiationOf(1);
        bytes memory signature = signedBy("bob", titles.digestOf(s));
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        titles.substantiate(s, signature);
    }

    function test_evidence_whenTheTokenMoves_startsAnew() public {
        register("alice", TITLE);
        _substantiate("alice", 2);
        convey("alice", conveyanceOf(TITLE, "alice's own wallet", Kind.ACCOUNT_CHANGE, WHOLE));
        assertEq(titles.evidenceOf(TITLE), 2, "the same person keeps it");
        convey("alice's own wallet", "bob", TITLE);
        assertEq(titles.evidenceOf(TITLE), 1, "the instrument is attached");
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "carol", Kind.ASSIGNMENT, WHOLE);
        c.document = 0;
        convey("bob", c);
        assertEq(titles.evidenceOf(TITLE), 0, "declared");
    }

    // ---- the ERC-721 face

    function test_transfers_whenByApproval_revertForTheHolderToo() public {
        register("alice", TITLE);
        address alice = accountOf("alice");
        bytes memory because = abi.encodeWithSelector(IRecordToken.OnlyByConveyance.selector);
        bytes[5] memory calls = [
            abi.encodeCall(IERC721.transferFrom, (alice, address(1), TITLE)),
            abi.encodeCall(IERC721.approve, (address(1), TITLE)),
            abi.encodeCall(IERC721.setApprovalForAll, (address(1), true)),
            abi.encodeWithSignature("safeTransferFrom(address,address,uint256)", alice, address(1), TITLE),
            abi.encodeWithSignature("safeTransferFrom(address,address,uint256,bytes)", alice, address(1), TITLE, "")
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(alice);
            (bool done, bytes memory returned) = address(titles).call(calls[i]);
            assertTrue(!done, "refused");
            assertEq(keccak256(returned), keccak256(because), "reason");
        }
        assertEq(titles.ownerOf(TITLE), alice, "owner");
        assertEq(titles.getApproved(TITLE), address(0), "approved");
        assertTrue(!titles.isApprovedForAll(alice, address(1)), "operator");
    }

    function test_reads_whenThereIsNoRecord_revert() public {
        bytes memory unknown = abi.encodeWithSelector(IRecordToken.UnknownToken.selector, TITLE);
        vm.expectRevert(unknown);
        titles.ownerOf(TITLE);
        vm.expectRevert(unknown);
        titles.getApproved(TITLE);
        vm.expectRevert(unknown);
        titles.recordOf(TITLE);
        vm.expectRevert(abi.encodeWithSelector(IRecordToken.ZeroAddress.selector));
        titles.balanceOf(address(0));
    }

    function test_supportsInterface_always_namesErc721AndErc165() public view {
        assertTrue(titles.supportsInterface(0x80ac58cd), "ERC-721");
        assertTrue(titles.supportsInterface(0x01ffc9a7), "ERC-165");
        assertTrue(!titles.supportsInterface(0x780e9d63), "not enumerable");
        assertTrue(!titles.supportsInterface(0xffffffff), "not everything");
    }

    // ---- fuzz

    function testFuzz_convey_always_movesOnlyByWholeAndMovingKind(uint8 kind, uint16 shareBps, bytes32 document)
        public
    {
        register("alice", TITLE);
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "bob", kind % 14, uint16(bound(shareBps, 0, 10_100)));
        c.document = document;
        bytes memory signature = signedBy("alice", titles.digestOf(c));
        (bool done,) = address(titles).call(abi.encodeCall(titles.convey, (c, signature)));

        bool moves = c.shareBps == WHOLE
            && (c.kind == 1 || c.kind == 3 || c.kind == 4 || c.kind == 10 || c.kind == 11 || c.kind == 12);
        assertEq(titles.ownerOf(TITLE), accountOf(moves ? "bob" : "alice"), "owner");
        assertEq(titles.nonceOf(TITLE), done ? 1 : 0, "nonce");
        assertEq(titles.isParty(TITLE, accountOf("bob")), done && !moves, "party");
        if (moves) assertTrue(done, "a move succeeds");
        if (c.kind == 0 || c.kind == 5 || c.kind == 7 || c.kind == 13 || c.shareBps > WHOLE) {
            assertTrue(!done, "impossible");
        }
    }

    function testFuzz_register_whenTheSignedContentDiffers_reverts(uint256 title, uint8 evidence, bytes32 document)
        public
    {
        ITitleRegistry.Registration memory r = registrationOf("alice", TITLE);
        bytes memory signature = signedBy("alice", titles.digestOf(r));
        evidence = evidence % 3;
        vm.assume(title != r.title || evidence != r.evidence || document != r.document);
        (r.title, r.evidence, r.document) = (title, evidence, document);
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        titles.register(r, signature);
    }

    // ---- short ways

    function _refusesRegistration(ITitleRegistry.Registration memory r, string memory signer, bytes memory because)
        private
    {
        bytes memory signature = signedBy(signer, titles.digestOf(r));
        vm.expectRevert(because);
        titles.register(r, signature);
    }

    function _refusesShare(uint8 kind, uint16 shareBps) private {
        refusesConveyance(
            "alice",
            conveyanceOf(TITLE, "bob", kind, shareBps),
            abi.encodeWithSelector(ITitleRegistry.InvalidShare.selector, shareBps)
        );
    }

    function _substantiationOf(uint8 evidence) private view returns (ITitleRegistry.Substantiation memory) {
        return ITitleRegistry.Substantiation({
            title: TITLE,
            evidence: evidence,
            document: keccak256("extract"),
            nonce: titles.nonceOf(TITLE),
            deadline: NEVER
        });
    }

    function _substantiate(string memory signer, uint8 evidence) private {
        ITitleRegistry.Substantiation memory s = _substantiationOf(evidence);
        bytes memory signature = signedBy(signer, titles.digestOf(s));
        vm.expectEmit(true, true, true, true, address(titles));
        emit Substantiated(TITLE, evidence, s.document);
        titles.substantiate(s, signature);
    }

    function _refusesSubstantiation(uint8 evidence) private {
        ITitleRegistry.Substantiation memory s = _substantiationOf(evidence);
        bytes memory signature = signedBy("alice", titles.digestOf(s));
        vm.expectRevert(abi.encodeWithSelector(ITitleRegistry.InvalidEvidence.selector, evidence));
        titles.substantiate(s, signature);
    }
}
