// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenceRegistry} from "../../src/interfaces/ILicenceRegistry.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {LicenceCode} from "../../src/lib/LicenceCode.sol";
import {LicenceTest} from "../support/LicenceTest.sol";

/// @notice Changes of status: who signs them, which follow which.
contract LicenceStatusTest is LicenceTest {
    event Suspended(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce);
    event Resumed(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce);
    event Terminated(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce);
    event Converted(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce);

    function test_suspendAndResume_whenByTheLicensorOrTheAuthority_workAndAreLogged() public {
        grant(COMMITMENT, "licensee");
        vm.expectEmit(true, true, true, true, address(licences));
        emit Suspended(LICENCE, accountOf("deadline service"), LicenceCode.NON_PAYMENT, keccak256("notice"), 0);
        suspend(LICENCE, "deadline service");
        assertEq(licences.statusOf(LICENCE), LicenceCode.SUSPENDED, "suspended");
        assertTrue(!licences.isActive(LICENCE), "not active");

        vm.expectEmit(true, true, true, true, address(licences));
        emit Resumed(LICENCE, accountOf("university"), LicenceCode.CURED, keccak256("notice"), 1);
        resume(LICENCE, "university");
        assertEq(licences.statusOf(LICENCE), LicenceCode.ACTIVE, "active");
    }

    function test_terminate_whenDone_isForEver() public {
        grant(COMMITMENT, "licensee");
        vm.expectEmit(true, true, true, true, address(licences));
        emit Terminated(LICENCE, accountOf("university"), LicenceCode.BREACH, keccak256("notice"), 0);
        terminate(LICENCE, "university");
        assertEq(licences.statusOf(LICENCE), LicenceCode.TERMINATED, "terminated");
        for (uint8 action = LicenceCode.SUSPEND; action <= LicenceCode.RENEW; ++action) {
            refusesAct(changeOf(LICENCE, action, LicenceCode.AGREEMENT), "university", _wrong(LicenceCode.TERMINATED));
        }
        assertEq(licences.ownerOf(LICENCE), accountOf("licensee"), "nothing is erased");
    }

    function test_convert_whenPublished_isNonExclusiveFromThenOn() public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        g.exclusivity = LicenceCode.EXCLUSIVE;
        grant(g, "university", "licensee");
        vm.expectEmit(true, true, true, true, address(licences));
        emit Converted(LICENCE, accountOf("deadline service"), LicenceCode.DILIGENCE_FAILURE, keccak256("notice"), 0);
        act(changeOf(LICENCE, LicenceCode.CONVERT, LicenceCode.DILIGENCE_FAILURE), "deadline service");
        assertEq(licences.statusOf(LICENCE), LicenceCode.CONVERTED, "status");
        assertTrue(licences.isActive(LICENCE), "still in force");
        (,, uint8 exclusivity) = licences.termOf(LICENCE);
        assertEq(exclusivity, LicenceCode.NON_EXCLUSIVE, "exclusivity");
        refusesAct(
            changeOf(LICENCE, LicenceCode.CONVERT, LicenceCode.DILIGENCE_FAILURE),
            "university",
            _wrong(LicenceCode.CONVERTED)
        );
    }

    function test_convert_whenSuspendedInBetween_isRemembered() public {
        grant(COMMITMENT, "licensee");
        act(changeOf(LICENCE, LicenceCode.CONVERT, LicenceCode.MINIMUM_NOT_MET), "university");
        suspend(LICENCE, "university");
        assertEq(licences.statusOf(LICENCE), LicenceCode.SUSPENDED, "suspended");
        resume(LICENCE, "university");
        assertEq(licences.statusOf(LICENCE), LicenceCode.CONVERTED, "converted");
        (,, uint8 exclusivity) = licences.termOf(LICENCE);
        assertEq(exclusivity, 0, "a sealed grant stays sealed");
    }

    function test_changes_whenTheStatusDoesNotFit_revert() public {
        grant(COMMITMENT, "licensee");
        refusesAct(changeOf(LICENCE, LicenceCode.RESUME, LicenceCode.CURED), "university", _wrong(LicenceCode.ACTIVE));
        suspend(LICENCE, "university");
        refusesAct(
            changeOf(LICENCE, LicenceCode.SUSPEND, LicenceCode.BREACH), "university", _wrong(LicenceCode.SUSPENDED)
        );
    }

    function test_changes_whenTheSignerIsNotEntitled_revert() public {
        grant(COMMITMENT, "licensee");
        string[3] memory strangers = ["licensee", "mallory", "another authority"];
        for (uint256 i = 0; i < strangers.length; ++i) {
            refusesAct(
                changeOf(LICENCE, LicenceCode.TERMINATE, LicenceCode.BREACH),
                strangers[i],
                abi.encodeWithSelector(ILicenceRegistry.NotEntitled.selector, accountOf(strangers[i]))
            );
        }
        ILicenceRegistry.StatusChange memory c = changeOf(LICENCE, LicenceCode.TERMINATE, LicenceCode.BREACH);
        bytes memory signature = signedBy("mallory", licences.digestOf(c));
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        licences.terminate(c, accountOf("university"), signature);
    }

    function test_changes_whenThereIsNoAuthority_zeroIsNotEntitled() public {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        g.authority = address(0);
        grant(g, "university", "licensee");
        ILicenceRegistry.StatusChange memory c = changeOf(LICENCE, LicenceCode.TERMINATE, LicenceCode.BREACH);
        vm.expectRevert(abi.encodeWithSelector(ILicenceRegistry.NotEntitled.selector, address(0)));
        licences.terminate(c, address(0), new bytes(65));
    }

    function test_changes_whenReplayedOrForAnotherAct_revert() public {
        grant(COMMITMENT, "licensee");
        ILicenceRegistry.StatusChange memory c = changeOf(LICENCE, LicenceCode.SUSPEND, LicenceCode.BREACH);
        bytes memory signature = signedBy("university", licences.digestOf(c));
        vm.expectRevert(abi.encodeWithSelector(ILicenceRegistry.WrongAction.selector, 3, 1));
        licences.terminate(c, accountOf("university"), signature);
        licences.suspend(c, accountOf("university"), signature);
        resume(LICENCE, "university");
        vm.expectRevert(abi.encodeWithSelector(ILicenceRegistry.StaleNonce.selector, 2, 0));
        licences.suspend(c, accountOf("university"), signature);
    }

    function test_changes_whenImpossible_revert() public {
        grant(COMMITMENT, "licensee");
        refusesAct(
            changeOf(LICENCE, LicenceCode.SUSPEND, 0),
            "university",
            abi.encodeWithSelector(ILicenceRegistry.InvalidReason.selector, 0)
        );
        refusesAct(
            changeOf(LICENCE, LicenceCode.SUSPEND, 15),
            "university",
            abi.encodeWithSelector(ILicenceRegistry.InvalidReason.selector, 15)
        );
        ILicenceRegistry.StatusChange memory c = changeOf(LICENCE, LicenceCode.SUSPEND, LicenceCode.BREACH);
        c.end = 5;
        refusesAct(c, "university", abi.encodeWithSelector(ILicenceRegistry.InvalidEnd.selector, 5));
        c = changeOf(LICENCE, LicenceCode.SUSPEND, LicenceCode.BREACH);
        c.deadline = uint64(block.timestamp - 1);
        refusesAct(c, "university", abi.encodeWithSelector(ISigned.DeadlinePassed.selector));
        register("university", 2);
        c = changeOf(LICENCE, LicenceCode.SUSPEND, LicenceCode.BREACH);
        c.title = 2;
        refusesAct(c, "university", abi.encodeWithSelector(ILicenceRegistry.NotLeadTitle.selector, 2));
    }

    function test_surrender_whenByTheHolder_terminates() public {
        grant(COMMITMENT, "licensee");
        ILicenceRegistry.StatusChange memory c = changeOf(LICENCE, LicenceCode.TERMINATE, LicenceCode.SURRENDER);
        refusesAct(
            c, "university", abi.encodeWithSelector(ILicenceRegistry.NotEntitled.selector, accountOf("university"))
        );
        act(c, "licensee");
        assertEq(licences.statusOf(LICENCE), LicenceCode.TERMINATED, "terminated");
    }

    function test_licensor_whenTheTitleWasConveyed_isTheNewHolder() public {
        grant(COMMITMENT, "licensee");
        convey("university", "company", TITLE);
        assertEq(licences.licensorOf(LICENCE, TITLE), accountOf("company"), "licensor");
        refusesAct(
            changeOf(LICENCE, LicenceCode.SUSPEND, LicenceCode.BREACH),
            "university",
            abi.encodeWithSelector(ILicenceRegistry.NotEntitled.selector, accountOf("university"))
        );
        suspend(LICENCE, "company");
    }

    function testFuzz_changes_whenTheSignedContentDiffers_revert(uint8 reason, bytes32 document, uint64 deadline)
        public
    {
        grant(COMMITMENT, "licensee");
        ILicenceRegistry.StatusChange memory c = changeOf(LICENCE, LicenceCode.SUSPEND, LicenceCode.BREACH);
        bytes memory signature = signedBy("university", licences.digestOf(c));
        reason = uint8(bound(reason, 1, 14));
        deadline = uint64(bound(deadline, block.timestamp, NEVER));
        vm.assume(reason != c.reason || document != c.document || deadline != c.deadline);
        (c.reason, c.document, c.deadline) = (reason, document, deadline);
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        licences.suspend(c, accountOf("university"), signature);
    }

    // ---- short ways

    function _wrong(uint8 status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILicenceRegistry.WrongStatus.selector, status);
    }
}
