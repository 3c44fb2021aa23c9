// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenceRegistry} from "../../src/interfaces/ILicenceRegistry.sol";
import {LicenceCode} from "../../src/lib/LicenceCode.sol";
import {LicenceTest} from "../support/LicenceTest.sol";

/// @notice What becomes of a sublicence when its parent changes.
contract SublicenceTest is LicenceTest {
    uint256 private constant _SUB = uint256(keccak256("sub"));

    function test_sublicence_whenTheParentIsTerminated_endsToo() public {
        _grantSub(false);
        suspend(LICENCE, "university");
        assertEq(licences.statusOf(_SUB), LicenceCode.SUSPENDED, "suspended with the parent");
        resume(LICENCE, "university");
        assertEq(licences.statusOf(_SUB), LicenceCode.ACTIVE, "active again");
        terminate(LICENCE, "university");
        assertEq(licences.statusOf(_SUB), LicenceCode.TERMINATED, "ended");
        refusesAct(changeOf(_SUB, LicenceCode.SUSPEND, LicenceCode.BREACH), "licensee", _wrong(LicenceCode.TERMINATED));
    }

    function test_sublicence_whenItSurvives_hangsOnTheTitle() public {
        _grantSub(true);
        suspend(LICENCE, "university");
        assertEq(licences.statusOf(_SUB), LicenceCode.SUSPENDED, "a suspension is no termination");
        terminate(LICENCE, "university");
        assertEq(licences.statusOf(_SUB), LicenceCode.ACTIVE, "survived");
        assertEq(licences.licensorOf(_SUB, TITLE), accountOf("university"), "licensor");
        refusesAct(
            changeOf(_SUB, LicenceCode.SUSPEND, LicenceCode.BREACH),
            "licensee",
            abi.encodeWithSelector(ILicenceRegistry.NotEntitled.selector, accountOf("licensee"))
        );
        suspend(_SUB, "university");
        assertEq(licences.statusOf(_SUB), LicenceCode.SUSPENDED, "the title's holder may act now");
    }

    function test_sublicence_whenTheParentExpires_endsThoughItSurvivesTermination() public {
        uint64 now_ = uint64(block.timestamp);
        _grantPublished(now_, now_ + 20);
        ILicenceRegistry.Grant memory g = sublicenceOf(LICENCE, bytes32(_SUB), "sublicensee");
        g.survives = true;
        grant(g, "licensee", "sublicensee");
        vm.warp(now_ + 20);
        assertEq(licences.statusOf(_SUB), LicenceCode.EXPIRED, "expired with the parent");
    }

    function test_sublicence_whenTheParentIsTransferred_hasTheNewHolderAsLicensor() public {
        _grantSub(false);
        ILicenceRegistry.LicenceTransfer memory t = transferOf(LICENCE, "buyer");
        bytes32 digest = licences.digestOf(t);
        licences.transfer(t, signedBy("licensee", digest), signedBy("university", digest));
        assertEq(licences.licensorOf(_SUB, TITLE), accountOf("buyer"), "licensor");
        suspend(_SUB, "buyer");
    }

    function test_subSublicence_whenTheMiddleSurvives_staysInForce() public {
        _grantSub(true);
        ILicenceRegistry.Grant memory g = sublicenceOf(_SUB, keccak256("sub sub"), "third");
        grant(g, "sublicensee", "third");
        terminate(LICENCE, "university");
        assertEq(licences.statusOf(uint256(g.commitment)), LicenceCode.ACTIVE, "its own parent is in force");
        assertEq(licences.licensorOf(uint256(g.commitment), TITLE), accountOf("sublicensee"), "licensor");
        terminate(_SUB, "university");
        assertEq(licences.statusOf(uint256(g.commitment)), LicenceCode.TERMINATED, "and ends with it");
    }

    // ---- short ways

    function _grantPublished(uint64 start, uint64 end) private {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        (g.exclusivity, g.start, g.end) = (LicenceCode.NON_EXCLUSIVE, start, end);
        grant(g, "university", "licensee");
    }

    function _grantSub(bool survives) private {
        grant(COMMITMENT, "licensee");
        ILicenceRegistry.Grant memory g = sublicenceOf(LICENCE, bytes32(_SUB), "sublicensee");
        g.survives = survives;
        grant(g, "licensee", "sublicensee");
    }

    function _wrong(uint8 status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILicenceRegistry.WrongStatus.selector, status);
    }
}
