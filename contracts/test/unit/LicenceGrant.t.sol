// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenceRegistry} from "../../src/interfaces/ILicenceRegistry.sol";
import {IRecordToken} from "../../src/interfaces/IRecordToken.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {LicenceCode} from "../../src/lib/LicenceCode.sol";
import {LicenceTest} from "../support/LicenceTest.sol";
import {Vm} from "../support/Vm.sol";
import {Wallet} from "../support/Wallets.sol";

/// @notice Grants: who signs, what is stored, what is chained and what stays unsaid.
contract LicenceGrantTest is LicenceTest {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event Granted(
        uint256 indexed licence,
        address indexed holder,
        uint256 parent,
        uint256[] titles,
        address authority,
        uint8 transferRule,
        bool survives,
        uint8 exclusivity,
        uint64 start,
        uint64 end
    );

    uint256 private constant _OTHER_TITLE = 2;

    function test_grant_whenBothSigned_makesTheRecord() public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        bytes32 digest = licences.digestOf(g);
        (bytes memory first, bytes memory second) = (signedBy("university", digest), signedBy("licensee", digest));
        vm.expectEmit(true, true, true, true, address(licences));
        emit Transfer(address(0), g.holder, LICENCE);
        vm.expectEmit(true, true, true, true, address(licences));
        emit Granted(LICENCE, g.holder, 0, g.titles, g.authority, 1, false, 0, 0, 0);
        licences.grant(g, first, second);

        assertEq(licences.ownerOf(LICENCE), g.holder, "owner");
        assertEq(licences.balanceOf(g.holder), 1, "balance");
        assertEq(licences.statusOf(LICENCE), LicenceCode.ACTIVE, "status");
        assertTrue(licences.isActive(LICENCE), "active");
        assertEq(licences.authorityOf(LICENCE), g.authority, "authority");
        assertEq(licences.licensorOf(LICENCE, TITLE), accountOf("university"), "licensor");
        assertEq(licences.parentOf(LICENCE), 0, "parent");
        assertEq(licences.nonceOf(LICENCE), 0, "nonce");
        (uint8 rule, bool survives) = licences.rulesOf(LICENCE);
        assertEq(rule, 1, "rule");
        assertTrue(!survives, "survives");
        (uint64 start, uint64 end, uint8 exclusivity) = licences.termOf(LICENCE);
        assertEq(uint256(start) + end + exclusivity, 0, "sealed");
    }

    function test_grant_whenPublished_keepsTheTerm() public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        (g.exclusivity, g.start, g.end) = (LicenceCode.EXCLUSIVE, uint64(block.timestamp), uint64(block.timestamp + 9));
        grant(g, "university", "licensee");
        (uint64 start, uint64 end, uint8 exclusivity) = licences.termOf(LICENCE);
        assertEq(start, g.start, "start");
        assertEq(end, g.end, "end");
        assertEq(exclusivity, LicenceCode.EXCLUSIVE, "exclusivity");
    }

    function test_grant_whenTheCommitmentIsKnown_reverts() public {
        grant(COMMITMENT, "licensee");
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        bytes memory because = abi.encodeWithSelector(ILicenceRegistry.GrantExists.selector, LICENCE);
        refusesGrant(g, "university", "licensee", because);
        terminate(LICENCE, "university");
        refusesGrant(g, "university", "licensee", because);
    }

    function test_grant_whenOneSignatureIsWrong_reverts() public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        bytes memory because = abi.encodeWithSelector(ISigned.BadSignature.selector);
        refusesGrant(g, "licensee", "licensee", because);
        refusesGrant(g, "university", "university", because);
        g.holder = address(0);
        refusesGrant(g, "university", "licensee", because);
    }

    function test_grant_whenContractWalletsSign_makesTheRecord() public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        g.holder = address(new Wallet(accountOf("licensee")));
        grant(g, "university", "licensee");
        assertEq(licences.ownerOf(LICENCE), g.holder, "owner");
    }

    function test_grant_whenTheTitleWasConveyed_isForTheNewHolderToGive() public {
        convey("university", "company", TITLE);
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        refusesGrant(g, "university", "licensee", abi.encodeWithSelector(ISigned.BadSignature.selector));
        grant(g, "company", "licensee");
    }

    function test_grant_whenImpossible_reverts() public {
        ILicenceRegistry.Grant memory g = grantOf(0, "licensee");
        _refuses(g, abi.encodeWithSelector(ILicenceRegistry.ZeroCommitment.selector));
        g = grantOf(COMMITMENT, "licensee");
        g.deadline = uint64(block.timestamp - 1);
        _refuses(g, abi.encodeWithSelector(ISigned.DeadlinePassed.selector));

        bytes memory because = abi.encodeWithSelector(ILicenceRegistry.InvalidTerms.selector);
        g = grantOf(COMMITMENT, "licensee");
        g.transferRule = 3;
        _refuses(g, because);
        g = grantOf(COMMITMENT, "licensee");
        g.exclusivity = 5;
        _refuses(g, because);
        g = grantOf(COMMITMENT, "licensee");
        (g.start, g.end) = (10, 10);
        _refuses(g, because);
    }

    function test_grant_whenTheTitlesAreImpossible_reverts() public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        bytes memory because = abi.encodeWithSelector(ILicenceRegistry.InvalidTitles.selector);
        g.titles = new uint256[](0);
        _refuses(g, because);
        g.titles = new uint256[](65);
        _refuses(g, because);
        g.titles = new uint256[](2);
        (g.titles[0], g.titles[1]) = (TITLE, TITLE);
        _refuses(g, because);
        g.titles[1] = 404;
        _refuses(g, abi.encodeWithSelector(IRecordToken.UnknownToken.selector, 404));
        register("company", _OTHER_TITLE);
        g.titles[1] = _OTHER_TITLE;
        _refuses(g, abi.encodeWithSelector(ILicenceRegistry.NotCommonHolder.selector, _OTHER_TITLE));
    }

    function test_grant_whenItNamesSixtyFourTitles_fitsInABlock() public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        g.titles = new uint256[](64);
        for (uint256 i = 0; i < 64; ++i) {
            register("university", 100 + i);
            g.titles[i] = 100 + i;
        }
        grant(g, "university", "licensee");
        assertLe(vm.lastCallGas().gasTotalUsed, 3_000_000, "gas");
        assertEq(licences.grantHeadOf(163), _next(bytes32(0), COMMITMENT), "the last title's chain");
    }

    // ---- the chain of grants

    function test_grantHead_whenGrantsFollow_isThatOfTheVectors() public {
        string memory json = vm.readFile("test/vectors/typed_data.json");
        assertEq(licences.grantHeadOf(TITLE), bytes32(0), "before");
        grant(vm.parseJsonBytes32(json, ".grantHeads[0].commitment"), "licensee");
        assertEq(licences.grantHeadOf(TITLE), vm.parseJsonBytes32(json, ".grantHeads[0].head"), "first");
        grant(vm.parseJsonBytes32(json, ".grantHeads[1].commitment"), "licensee");
        assertEq(licences.grantHeadOf(TITLE), vm.parseJsonBytes32(json, ".grantHeads[1].head"), "second");
    }

    function test_grantHead_whenAGrantNamesSeveralTitles_growsInEach() public {
        register("university", _OTHER_TITLE);
        grant(COMMITMENT, "licensee");
        bytes32 head = licences.grantHeadOf(TITLE);
        ILicenceRegistry.Grant memory g = _grantOfTwo(keccak256("both"));
        grant(g, "university", "licensee");
        assertEq(licences.grantHeadOf(TITLE), _next(head, g.commitment), "the one");
        assertEq(licences.grantHeadOf(_OTHER_TITLE), _next(bytes32(0), g.commitment), "the other");
    }

    function test_grant_whenNotTheFirstUnderATitle_writesTwoNewSlots() public {
        grant(keccak256("first"), "first licensee");
        vm.startStateDiffRecording();
        grant(COMMITMENT, "fresh address");
        (uint256 fresh,) = slotsWritten();
        assertEq(fresh, 2, "the licence and the holder's count");
    }

    // ---- sealed grants say nothing about who

    function test_grant_whenSealedTwiceToOneLicensee_cannotBeLinked() public {
        grant(keccak256("earlier"), "earlier licensee");
        vm.recordLogs();
        grant(keccak256("agreement one"), "licensee's address one");
        grant(keccak256("agreement two"), "licensee's address two");
        grant(keccak256("agreement of another"), "another licensee");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 6, "a Transfer and a Granted each");
        for (uint256 i = 2; i < 6; ++i) {
            assertEq(keccak256(logs[i].data), keccak256(logs[i % 2].data), "what is said is the same for all");
        }
        // Whatever the two grants have in common, a grant to somebody else has too.
        bytes32 one = _fingerprint(keccak256("agreement one"), "licensee's address one");
        bytes32 two = _fingerprint(keccak256("agreement two"), "licensee's address two");
        bytes32 another = _fingerprint(keccak256("agreement of another"), "another licensee");
        assertEq(one, two, "nothing but id and address differs");
        assertEq(two, another, "as between strangers");
        assertEq(licences.balanceOf(accountOf("licensee's address one")), 1, "no count joins them");
    }

    // ---- sublicences

    function test_sublicence_whenSignedByTheParentsHolder_makesTheRecord() public {
        grant(COMMITMENT, "licensee");
        ILicenceRegistry.Grant memory g = sublicenceOf(LICENCE, keccak256("sub"), "sublicensee");
        refusesGrant(g, "university", "sublicensee", abi.encodeWithSelector(ISigned.BadSignature.selector));
        bytes32 head = licences.grantHeadOf(TITLE);
        grant(g, "licensee", "sublicensee");
        assertEq(licences.parentOf(uint256(g.commitment)), LICENCE, "parent");
        assertEq(licences.licensorOf(uint256(g.commitment), TITLE), accountOf("licensee"), "licensor");
        assertEq(licences.grantHeadOf(TITLE), _next(head, g.commitment), "chained under the title");
    }

    function test_sublicence_whenTheParentIsNotActive_reverts() public {
        ILicenceRegistry.Grant memory g = sublicenceOf(LICENCE, keccak256("sub"), "sublicensee");
        refusesGrant(g, "licensee", "sublicensee", abi.encodeWithSelector(IRecordToken.UnknownToken.selector, LICENCE));
        grant(COMMITMENT, "licensee");
        suspend(LICENCE, "university");
        bytes memory because = abi.encodeWithSelector(ILicenceRegistry.ParentNotActive.selector, LICENCE);
        refusesGrant(g, "licensee", "sublicensee", because);
        terminate(LICENCE, "university");
        refusesGrant(g, "licensee", "sublicensee", because);
    }

    function test_sublicence_whenItNamesAStrangersTitle_reverts() public {
        grant(COMMITMENT, "licensee");
        register("victim", _OTHER_TITLE);
        ILicenceRegistry.Grant memory g = sublicenceOf(LICENCE, keccak256("sub"), "sublicensee");
        g.titles[0] = _OTHER_TITLE;
        bytes memory because = abi.encodeWithSelector(ILicenceRegistry.NotLeadTitle.selector, _OTHER_TITLE);
        refusesGrant(g, "licensee", "sublicensee", because);
        g.titles = new uint256[](2);
        (g.titles[0], g.titles[1]) = (TITLE, _OTHER_TITLE);
        because = abi.encodeWithSelector(ILicenceRegistry.InvalidTitles.selector);
        refusesGrant(g, "licensee", "sublicensee", because);
        assertEq(licences.grantHeadOf(_OTHER_TITLE), bytes32(0), "the victim's chain is untouched");
    }

    function test_sublicence_whenTheParentHasTwoTitles_namesBothOrTheLead() public {
        register("university", _OTHER_TITLE);
        grant(_grantOfTwo(COMMITMENT), "university", "licensee");
        ILicenceRegistry.Grant memory g = _grantOfTwo(keccak256("sub of both"));
        (g.parent, g.holder) = (LICENCE, accountOf("sublicensee"));
        grant(g, "licensee", "sublicensee");
        g = sublicenceOf(LICENCE, keccak256("sub of the lead"), "sublicensee");
        grant(g, "licensee", "sublicensee");

        g = _grantOfTwo(keccak256("sub in another order"));
        (g.parent, g.holder) = (LICENCE, accountOf("sublicensee"));
        (g.titles[0], g.titles[1]) = (_OTHER_TITLE, TITLE);
        bytes memory because = abi.encodeWithSelector(ILicenceRegistry.NotLeadTitle.selector, _OTHER_TITLE);
        refusesGrant(g, "licensee", "sublicensee", because);

        g = _grantOfTwo(keccak256("sub of both under the lead alone"));
        (g.parent, g.holder) = (uint256(keccak256("sub of the lead")), accountOf("third"));
        because = abi.encodeWithSelector(ILicenceRegistry.InvalidTitles.selector);
        refusesGrant(g, "sublicensee", "third", because);
    }

    function test_sublicence_whenBeyondEightTiers_reverts() public {
        bytes32 parent = COMMITMENT;
        grant(parent, "holder");
        for (uint256 tier = 2; tier <= 8; ++tier) {
            bytes32 next = keccak256(abi.encode(parent));
            grant(sublicenceOf(uint256(parent), next, "holder"), "holder", "holder");
            parent = next;
        }
        assertTrue(licences.isActive(uint256(parent)), "the eighth is in force");
        refusesGrant(
            sublicenceOf(uint256(parent), keccak256("ninth"), "holder"),
            "holder",
            "holder",
            abi.encodeWithSelector(ILicenceRegistry.TooManyTiers.selector)
        );
        terminate(LICENCE, "university");
        assertTrue(!licences.isActive(uint256(parent)), "and ends with the first");
    }

    // ---- the authority

    function test_authority_whenZero_isNobody() public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        g.authority = address(0);
        grant(g, "university", "licensee");
        assertEq(licences.authorityOf(LICENCE), address(0), "authority");
    }

    function test_authority_whenNamedAgain_takesNoNewSlot() public {
        grant(keccak256("first"), "licensee");
        vm.startStateDiffRecording();
        grant(keccak256("second"), "licensee");
        (uint256 fresh,) = slotsWritten();
        assertEq(fresh, 1, "the licence alone");

        ILicenceRegistry.Grant memory g = grantOf(keccak256("third"), "licensee");
        g.authority = accountOf("another authority");
        vm.startStateDiffRecording();
        grant(g, "university", "licensee");
        (fresh,) = slotsWritten();
        assertEq(fresh, 3, "the licence and a new line in the table of authorities");
        assertEq(licences.authorityOf(uint256(keccak256("third"))), accountOf("another authority"), "third");
        assertEq(licences.authorityOf(uint256(keccak256("first"))), accountOf("deadline service"), "first");
    }

    // ---- the ERC-721 face

    function test_transferFrom_always_reverts() public {
        grant(COMMITMENT, "licensee");
        vm.prank(accountOf("licensee"));
        vm.expectRevert(abi.encodeWithSelector(IRecordToken.OnlyByConveyance.selector));
        licences.transferFrom(accountOf("licensee"), address(1), LICENCE);
    }

    function test_reads_whenThereIsNoLicence() public {
        assertEq(licences.statusOf(LICENCE), LicenceCode.NONE, "status");
        assertTrue(!licences.isActive(LICENCE), "active");
        assertEq(licences.titleRegistry(), address(titles), "title registry");
        vm.expectRevert(abi.encodeWithSelector(IRecordToken.UnknownToken.selector, LICENCE));
        licences.ownerOf(LICENCE);
        vm.expectRevert(abi.encodeWithSelector(IRecordToken.UnknownToken.selector, LICENCE));
        licences.licensorOf(LICENCE, TITLE);
    }

    function testFuzz_grant_whenTheSignedContentDiffers_reverts(bytes32 seed, uint8 field) public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        bytes32 digest = licences.digestOf(g);
        (bytes memory first, bytes memory second) = (signedBy("university", digest), signedBy("licensee", digest));
        vm.assume(seed != 0);
        field = field % 7;
        if (field == 0) g.commitment = keccak256(abi.encode(seed));
        if (field == 1) g.authority = address(uint160(uint256(keccak256(abi.encode(seed)))));
        if (field == 2) g.transferRule = 2;
        if (field == 3) g.survives = true;
        if (field == 4) g.exclusivity = 1;
        if (field == 5) g.end = uint64(bound(uint256(seed), 1, NEVER));
        if (field == 6) g.deadline = uint64(bound(uint256(seed), block.timestamp, NEVER - 1));
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        licences.grant(g, first, second);
    }

    // ---- short ways

    function _refuses(ILicenceRegistry.Grant memory g, bytes memory because) private {
        refusesGrant(g, "university", "licensee", because);
    }

    function _grantOfTwo(bytes32 commitment) private pure returns (ILicenceRegistry.Grant memory g) {
        g = grantOf(commitment, "licensee");
        g.titles = new uint256[](2);
        (g.titles[0], g.titles[1]) = (TITLE, _OTHER_TITLE);
    }

    function _next(bytes32 head, bytes32 commitment) private pure returns (bytes32) {
        return sha256(bytes.concat("ipx/granthead/v1", hex"00", head, commitment));
    }

    /// @dev All that chain reads tell about a licence, its id and holder address left out.
    function _fingerprint(bytes32 commitment, string memory holder) private view returns (bytes32) {
        uint256 licence = uint256(commitment);
        (uint8 rule, bool survives) = licences.rulesOf(licence);
        (uint64 start, uint64 end, uint8 exclusivity) = licences.termOf(licence);
        return keccak256(
            abi.encode(
                licences.ownerOf(licence) == accountOf(holder),
                licences.balanceOf(accountOf(holder)),
                licences.statusOf(licence),
                licences.authorityOf(licence),
                licences.parentOf(licence),
                licences.nonceOf(licence),
                rule,
                survives,
                start,
                end,
                exclusivity
            )
        );
    }
}
