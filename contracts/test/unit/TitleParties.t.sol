// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ISigned} from "../../src/interfaces/ISigned.sol";
import {ITitleRegistry} from "../../src/interfaces/ITitleRegistry.sol";
import {ConveyanceKind as Kind} from "../../src/lib/ConveyanceKind.sol";
import {TitleTest} from "../support/TitleTest.sol";

/// @notice Conveyances by those who hold a share or an interest without being the token's owner.
contract TitlePartiesTest is TitleTest {
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

    constructor() {
        register("alice", TITLE);
    }

    function test_conveyInterest_whenByACoOwner_isLoggedAndMovesNoToken() public {
        convey("alice", conveyanceOf(TITLE, "bob", Kind.PARTIAL_ASSIGNMENT, 3_000));
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "carol", Kind.ASSIGNMENT, 3_000);
        bytes memory signature = signedBy("bob", titles.digestOf(c));
        vm.expectEmit(true, true, true, true, address(titles));
        emit Conveyed(TITLE, accountOf("bob"), c.to, 1, 3_000, c.executed, c.document, 1);
        titles.conveyInterest(c, accountOf("bob"), signature);

        assertEq(titles.ownerOf(TITLE), accountOf("alice"), "owner");
        assertEq(titles.nonceOf(TITLE), 2, "nonce");
        assertTrue(titles.isParty(TITLE, accountOf("carol")), "the next party");
    }

    function test_conveyInterest_whenByAStranger_reverts() public {
        refusesInterest(
            "mallory",
            conveyanceOf(TITLE, "bob", Kind.ASSIGNMENT, 3_000),
            abi.encodeWithSelector(ITitleRegistry.NotAParty.selector, TITLE, accountOf("mallory"))
        );
    }

    function test_conveyInterest_whenPartyOfAnotherTitle_reverts() public {
        register("alice", 2);
        convey("alice", conveyanceOf(2, "bob", Kind.PARTIAL_ASSIGNMENT, 3_000));
        refusesInterest(
            "bob",
            conveyanceOf(TITLE, "carol", Kind.ASSIGNMENT, 3_000),
            abi.encodeWithSelector(ITitleRegistry.NotAParty.selector, TITLE, accountOf("bob"))
        );
    }

    function test_conveyInterest_whenSignedByAnother_reverts() public {
        convey("alice", conveyanceOf(TITLE, "bob", Kind.PARTIAL_ASSIGNMENT, 3_000));
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "mallory", Kind.ASSIGNMENT, 3_000);
        bytes memory signature = signedBy("alice", titles.digestOf(c));
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        titles.conveyInterest(c, accountOf("bob"), signature);
    }

    function test_conveyInterest_whenTheWhole_reverts() public {
        convey("alice", conveyanceOf(TITLE, "bob", Kind.PARTIAL_ASSIGNMENT, 3_000));
        refusesInterest(
            "bob",
            conveyanceOf(TITLE, "carol", Kind.ASSIGNMENT, WHOLE),
            abi.encodeWithSelector(ITitleRegistry.InvalidShare.selector, WHOLE)
        );
        refusesInterest(
            "bob",
            conveyanceOf(TITLE, "carol", Kind.ASSIGNMENT, 0),
            abi.encodeWithSelector(ITitleRegistry.InvalidShare.selector, 0)
        );
    }

    function test_conveyInterest_whenReplayedAsTheHolder_isStale() public {
        convey("alice", conveyanceOf(TITLE, "bob", Kind.PARTIAL_ASSIGNMENT, 3_000));
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "carol", Kind.ASSIGNMENT, 3_000);
        conveyInterest("bob", c);
        convey("alice", "bob", TITLE);
        refusesConveyance("bob", c, abi.encodeWithSelector(ITitleRegistry.StaleNonce.selector, 3, 1));
    }

    function test_release_whenByTheSecuredParty_isLogged() public {
        convey("alice", conveyanceOf(TITLE, "bank", Kind.SECURITY_INTEREST, 0));
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "alice", Kind.RELEASE, 0);
        conveyInterest("bank", c);
        assertEq(titles.nonceOf(TITLE), 2, "nonce");
        assertTrue(!titles.isParty(TITLE, accountOf("alice")), "the holder is not marked");
    }

    function test_release_whenByTheHolder_reverts() public {
        convey("alice", conveyanceOf(TITLE, "bank", Kind.SECURITY_INTEREST, 0));
        refusesConveyance(
            "alice",
            conveyanceOf(TITLE, "bank", Kind.RELEASE, 0),
            abi.encodeWithSelector(ITitleRegistry.InvalidKind.selector, Kind.RELEASE)
        );
    }

    function test_accountChange_whenByACoOwner_marksTheOtherAccount() public {
        convey("alice", conveyanceOf(TITLE, "bob", Kind.PARTIAL_ASSIGNMENT, 3_000));
        conveyInterest("bob", conveyanceOf(TITLE, "bob's own wallet", Kind.ACCOUNT_CHANGE, 3_000));
        assertEq(titles.interestOf(TITLE, accountOf("bob's own wallet")), 1, "the same share");
        assertEq(titles.ownerOf(TITLE), accountOf("alice"), "owner");
    }

    function test_conveyInterest_whenByALicensee_conveysNoShare() public {
        convey("alice", conveyanceOf(TITLE, "licensee", Kind.LICENCE, 0));
        assertEq(titles.interestOf(TITLE, accountOf("licensee")), 2, "an interest");
        refusesInterest(
            "licensee",
            conveyanceOf(TITLE, "mallory", Kind.ASSIGNMENT, 9_999),
            abi.encodeWithSelector(ITitleRegistry.InvalidKind.selector, Kind.ASSIGNMENT)
        );
        conveyInterest("licensee", conveyanceOf(TITLE, "licensee", Kind.NAME_CHANGE, 0));
        conveyInterest("licensee", conveyanceOf(TITLE, "licensee's wallet", Kind.ACCOUNT_CHANGE, 0));
        assertEq(titles.interestOf(TITLE, accountOf("licensee's wallet")), 2, "the same interest");
    }

    function test_release_whenByACoOwnerWithoutInterest_reverts() public {
        convey("alice", conveyanceOf(TITLE, "bob", Kind.PARTIAL_ASSIGNMENT, 3_000));
        assertEq(titles.interestOf(TITLE, accountOf("bob")), 1, "a share");
        refusesInterest(
            "bob",
            conveyanceOf(TITLE, "alice", Kind.RELEASE, 0),
            abi.encodeWithSelector(ITitleRegistry.InvalidKind.selector, Kind.RELEASE)
        );
        convey("alice", conveyanceOf(TITLE, "bob", Kind.SECURITY_INTEREST, 0));
        assertEq(titles.interestOf(TITLE, accountOf("bob")), 3, "both");
        conveyInterest("bob", conveyanceOf(TITLE, "carol", Kind.RELEASE, 0));
        assertEq(titles.interestOf(TITLE, accountOf("carol")), 0, "a release gives nothing to hold");
    }

    function testFuzz_conveyInterest_always_leavesTheToken(uint8 kind, uint16 shareBps) public {
        convey("alice", conveyanceOf(TITLE, "bob", Kind.PARTIAL_ASSIGNMENT, 3_000));
        ITitleRegistry.Conveyance memory c = conveyanceOf(TITLE, "carol", kind, shareBps);
        bytes memory signature = signedBy("bob", titles.digestOf(c));
        (bool done,) = address(titles).call(abi.encodeCall(titles.conveyInterest, (c, accountOf("bob"), signature)));
        assertEq(titles.ownerOf(TITLE), accountOf("alice"), "owner");
        assertEq(titles.nonceOf(TITLE), done ? 2 : 1, "nonce");
        if (done) assertTrue(kind >= 1 && kind <= 12 && kind != Kind.RELEASE && shareBps < WHOLE, "possible");
    }
}
