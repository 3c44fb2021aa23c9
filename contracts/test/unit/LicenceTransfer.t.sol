// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenceRegistry} from "../../src/interfaces/ILicenceRegistry.sol";
import {IRecordToken} from "../../src/interfaces/IRecordToken.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {LicenceCode} from "../../src/lib/LicenceCode.sol";
import {LicenceTest} from "../support/LicenceTest.sol";

/// @notice Who may hand a licence on.
contract LicenceTransferTest is LicenceTest {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event LicenceTransferred(
        uint256 indexed licence, address indexed from, address indexed to, bytes32 document, uint64 nonce
    );

    function test_transfer_whenTheLicensorConsents_movesTheLicence() public {
        grant(COMMITMENT, "licensee");
        ILicenceRegistry.LicenceTransfer memory t = transferOf(LICENCE, "buyer");
        bytes32 digest = licences.digestOf(t);
        (bytes memory first, bytes memory second) = (signedBy("licensee", digest), signedBy("university", digest));
        vm.expectEmit(true, true, true, true, address(licences));
        emit Transfer(accountOf("licensee"), t.to, LICENCE);
        vm.expectEmit(true, true, true, true, address(licences));
        emit LicenceTransferred(LICENCE, accountOf("licensee"), t.to, t.document, 0);
        licences.transfer(t, first, second);

        assertEq(licences.ownerOf(LICENCE), t.to, "owner");
        assertEq(licences.balanceOf(accountOf("licensee")), 0, "balance before");
        assertEq(licences.balanceOf(t.to), 1, "balance now");
        assertEq(licences.nonceOf(LICENCE), 1, "nonce");
        assertTrue(licences.isActive(LICENCE), "still active");
        assertEq(licences.authorityOf(LICENCE), accountOf("deadline service"), "the authority stays");
    }

    function test_transfer_whenOneSignatureIsMissing_reverts() public {
        grant(COMMITMENT, "licensee");
        bytes memory because = abi.encodeWithSelector(ISigned.BadSignature.selector);
        refusesTransfer(transferOf(LICENCE, "buyer"), "licensee", "licensee", because);
        refusesTransfer(transferOf(LICENCE, "buyer"), "university", "university", because);
        refusesTransfer(transferOf(LICENCE, "buyer"), "licensee", "deadline service", because);
    }

    function test_transfer_whenTheTermsForbid_reverts() public {
        _grantWithRule(LicenceCode.TRANSFER_NO);
        bytes memory because = abi.encodeWithSelector(ILicenceRegistry.TransferForbidden.selector);
        refusesTransfer(transferOf(LICENCE, "buyer"), "licensee", "university", because);
    }

    function test_transfer_whenFree_needsTheHolderAlone() public {
        _grantWithRule(LicenceCode.TRANSFER_FREE);
        ILicenceRegistry.LicenceTransfer memory t = transferOf(LICENCE, "buyer");
        licences.transfer(t, signedBy("licensee", licences.digestOf(t)), "");
        assertEq(licences.ownerOf(LICENCE), t.to, "owner");
    }

    function test_transfer_whenImpossible_reverts() public {
        grant(COMMITMENT, "licensee");
        ILicenceRegistry.LicenceTransfer memory t = transferOf(LICENCE, "licensee");
        _refusesTransfer(t, abi.encodeWithSelector(ILicenceRegistry.InvalidRecipient.selector, t.to));
        t.to = address(0);
        _refusesTransfer(t, abi.encodeWithSelector(ILicenceRegistry.InvalidRecipient.selector, address(0)));
        t = transferOf(LICENCE, "buyer");
        t.nonce = 1;
        _refusesTransfer(t, abi.encodeWithSelector(ILicenceRegistry.StaleNonce.selector, 0, 1));
        t = transferOf(LICENCE, "buyer");
        t.deadline = uint64(block.timestamp - 1);
        _refusesTransfer(t, abi.encodeWithSelector(ISigned.DeadlinePassed.selector));
        t = transferOf(404, "buyer");
        _refusesTransfer(t, abi.encodeWithSelector(IRecordToken.UnknownToken.selector, 404));
        register("university", 2);
        t = transferOf(LICENCE, "buyer");
        t.title = 2;
        _refusesTransfer(t, abi.encodeWithSelector(ILicenceRegistry.NotLeadTitle.selector, 2));
    }

    function test_transfer_whenSuspendedOrTerminated_reverts() public {
        grant(COMMITMENT, "licensee");
        suspend(LICENCE, "university");
        _refusesTransfer(transferOf(LICENCE, "buyer"), _wrong(LicenceCode.SUSPENDED));
        terminate(LICENCE, "university");
        _refusesTransfer(transferOf(LICENCE, "buyer"), _wrong(LicenceCode.TERMINATED));
    }

    function test_transfer_whenTheTitleWasConveyed_needsTheNewHoldersConsent() public {
        grant(COMMITMENT, "licensee");
        convey("university", "company", TITLE);
        ILicenceRegistry.LicenceTransfer memory t = transferOf(LICENCE, "buyer");
        _refusesTransfer(t, abi.encodeWithSelector(ISigned.BadSignature.selector));
        bytes32 digest = licences.digestOf(t);
        licences.transfer(t, signedBy("licensee", digest), signedBy("company", digest));
        assertEq(licences.ownerOf(LICENCE), t.to, "owner");
    }

    function test_transfer_whenNearTheLastNonce_leavesTheRestToChangesOfStatus() public {
        _grantWithRule(LicenceCode.TRANSFER_FREE);
        bytes32 slot = keccak256(abi.encode(LICENCE, uint256(1)));
        uint256 record = uint256(vm.load(address(licences), slot));
        assertEq(address(uint160(record)), accountOf("licensee"), "the slot is the record's");
        vm.store(address(licences), slot, bytes32(record | (64_535 << 176)));
        assertEq(licences.nonceOf(LICENCE), 64_535, "nonce");
        bytes memory because = abi.encodeWithSelector(ILicenceRegistry.TransferForbidden.selector);
        refusesTransfer(transferOf(LICENCE, "buyer"), "licensee", "university", because);
        terminate(LICENCE, "university");
        assertEq(licences.statusOf(LICENCE), LicenceCode.TERMINATED, "terminated");
    }

    // ---- short ways

    function _grantWithRule(uint8 rule) private {
        ILicenceRegistry.Grant memory g = grantOf(COMMITMENT, "licensee");
        g.transferRule = rule;
        grant(g, "university", "licensee");
    }

    function _refusesTransfer(ILicenceRegistry.LicenceTransfer memory t, bytes memory because) private {
        refusesTransfer(t, "licensee", "university", because);
    }

    function _wrong(uint8 status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILicenceRegistry.WrongStatus.selector, status);
    }
}
