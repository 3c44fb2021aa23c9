// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenceRegistry} from "../../src/interfaces/ILicenceRegistry.sol";
import {LicenceCode} from "../../src/lib/LicenceCode.sol";
import {LicenceTest} from "../support/LicenceTest.sol";

/// @notice Published dates and renewals.
contract LicenceTermTest is LicenceTest {
    event Renewed(
        uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce, uint64 end
    );

    function test_status_whenPublished_followsTheDates() public {
        uint64 now_ = uint64(block.timestamp);
        _grantPublished(now_ + 10, now_ + 20);
        assertEq(licences.statusOf(LICENCE), LicenceCode.NOT_BEGUN, "before");
        vm.warp(now_ + 10);
        assertEq(licences.statusOf(LICENCE), LicenceCode.ACTIVE, "first second");
        vm.warp(now_ + 19);
        assertTrue(licences.isActive(LICENCE), "last second");
        vm.warp(now_ + 20);
        assertEq(licences.statusOf(LICENCE), LicenceCode.EXPIRED, "after");
        _refusesTransfer(transferOf(LICENCE, "buyer"), _wrong(LicenceCode.EXPIRED));
    }

    function test_renew_whenPublished_movesTheEnd() public {
        uint64 now_ = uint64(block.timestamp);
        _grantPublished(now_, now_ + 20);
        vm.warp(now_ + 30);
        ILicenceRegistry.StatusChange memory c = changeOf(LICENCE, LicenceCode.RENEW, LicenceCode.AGREEMENT);
        c.end = now_ + 20;
        refusesAct(c, "university", abi.encodeWithSelector(ILicenceRegistry.InvalidEnd.selector, c.end));
        c.end = now_ + 100;
        vm.expectEmit(true, true, true, true, address(licences));
        emit Renewed(LICENCE, accountOf("university"), LicenceCode.AGREEMENT, keccak256("notice"), 0, now_ + 100);
        act(c, "university");
        assertTrue(licences.isActive(LICENCE), "in force again");
    }

    function test_renew_whenSealed_keepsTheDatesSealed() public {
        grant(COMMITMENT, "licensee");
        ILicenceRegistry.StatusChange memory c = changeOf(LICENCE, LicenceCode.RENEW, LicenceCode.AGREEMENT);
        act(c, "university");
        c = changeOf(LICENCE, LicenceCode.RENEW, LicenceCode.AGREEMENT);
        c.end = uint64(block.timestamp + 100);
        refusesAct(c, "university", abi.encodeWithSelector(ILicenceRegistry.InvalidEnd.selector, c.end));
    }

    function test_renew_whenPublishedWithoutEnd_reverts() public {
        _grantPublished(uint64(block.timestamp), 0);
        ILicenceRegistry.StatusChange memory c = changeOf(LICENCE, LicenceCode.RENEW, LicenceCode.AGREEMENT);
        c.end = uint64(block.timestamp + 100);
        refusesAct(c, "university", abi.encodeWithSelector(ILicenceRegistry.InvalidEnd.selector, c.end));
    }

    function testFuzz_status_whenPublished_followsTheDates(uint64 start, uint64 end, uint64 at_) public {
        start = uint64(bound(start, 1, NEVER - 2));
        end = uint64(bound(end, start + 1, NEVER));
        _grantPublished(start, end);
        vm.warp(at_);
        bool inside = at_ >= start && at_ < end;
        assertEq(licences.isActive(LICENCE), inside, "active");
    }

    // ---- short ways

    function _grantPublished(uint64 start, uint64 end) private {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        (g.exclusivity, g.start, g.end) = (LicenceCode.NON_EXCLUSIVE, start, end);
        grant(g, "university", "licensee");
    }

    function _refusesTransfer(ILicenceRegistry.LicenceTransfer memory t, bytes memory because) private {
        refusesTransfer(t, "licensee", "university", because);
    }

    function _wrong(uint8 status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILicenceRegistry.WrongStatus.selector, status);
    }
}
