// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LicenceRegistry} from "../../src/LicenceRegistry.sol";
import {ILicenceRegistry} from "../../src/interfaces/ILicenceRegistry.sol";
import {LicenceCode} from "../../src/lib/LicenceCode.sol";
import {TitleTest} from "./TitleTest.sol";

/// @notice A licence registry over a title of "university", and short ways to act on it. People are names.
abstract contract LicenceTest is TitleTest {
    bytes32 internal constant COMMITMENT = keccak256("grant");
    uint256 internal constant LICENCE = uint256(COMMITMENT);

    LicenceRegistry internal licences;

    constructor() {
        licences = new LicenceRegistry(address(titles));
        register("university", TITLE);
    }

    /// @dev A sealed grant under TITLE, transferable with consent, with the platform's service as authority.
    function grantOf(bytes32 commitment, string memory holder) internal pure returns (ILicenceRegistry.Grant memory g) {
        g.commitment = commitment;
        g.titles = new uint256[](1);
        g.titles[0] = TITLE;
        g.holder = accountOf(holder);
        g.authority = accountOf("deadline service");
        g.transferRule = LicenceCode.TRANSFER_WITH_CONSENT;
        g.deadline = NEVER;
    }

    function sublicenceOf(uint256 parent, bytes32 commitment, string memory holder)
        internal
        pure
        returns (ILicenceRegistry.Grant memory g)
    {
        g = grantOf(commitment, holder);
        g.parent = parent;
    }

    function grant(ILicenceRegistry.Grant memory g, string memory licensor, string memory licensee) internal {
        bytes32 digest = licences.digestOf(g);
        licences.grant(g, signedBy(licensor, digest), signedBy(licensee, digest));
    }

    function grant(bytes32 commitment, string memory licensee) internal {
        grant(grantOf(commitment, licensee), "university", licensee);
    }

    function refusesGrant(
        ILicenceRegistry.Grant memory g,
        string memory licensor,
        string memory licensee,
        bytes memory because
    ) internal {
        bytes32 digest = licences.digestOf(g);
        bytes memory first = signedBy(licensor, digest);
        bytes memory second = signedBy(licensee, digest);
        vm.expectRevert(because);
        licences.grant(g, first, second);
    }

    function changeOf(uint256 licence, uint8 action, uint8 reason)
        internal
        view
        returns (ILicenceRegistry.StatusChange memory)
    {
        return ILicenceRegistry.StatusChange({
            licence: licence,
            title: TITLE,
            action: action,
            reason: reason,
            document: keccak256("notice"),
            end: 0,
            nonce: licences.nonceOf(licence),
            deadline: NEVER
        });
    }

    function act(ILicenceRegistry.StatusChange memory c, string memory signer) internal {
        call(c, accountOf(signer), signedBy(signer, licences.digestOf(c)));
    }

    function refusesAct(ILicenceRegistry.StatusChange memory c, string memory signer, bytes memory because) internal {
        bytes memory signature = signedBy(signer, licences.digestOf(c));
        vm.expectRevert(because);
        call(c, accountOf(signer), signature);
    }

    function call(ILicenceRegistry.StatusChange memory c, address signer, bytes memory signature) internal {
        if (c.action == LicenceCode.SUSPEND) licences.suspend(c, signer, signature);
        else if (c.action == LicenceCode.RESUME) licences.resume(c, signer, signature);
        else if (c.action == LicenceCode.TERMINATE) licences.terminate(c, signer, signature);
        else if (c.action == LicenceCode.CONVERT) licences.convert(c, signer, signature);
        else licences.renew(c, signer, signature);
    }

    function suspend(uint256 licence, string memory signer) internal {
        act(changeOf(licence, LicenceCode.SUSPEND, LicenceCode.NON_PAYMENT), signer);
    }

    function resume(uint256 licence, string memory signer) internal {
        act(changeOf(licence, LicenceCode.RESUME, LicenceCode.CURED), signer);
    }

    function terminate(uint256 licence, string memory signer) internal {
        act(changeOf(licence, LicenceCode.TERMINATE, LicenceCode.BREACH), signer);
    }

    function transferOf(uint256 licence, string memory to)
        internal
        view
        returns (ILicenceRegistry.LicenceTransfer memory)
    {
        return ILicenceRegistry.LicenceTransfer({
            licence: licence,
            title: TITLE,
            to: accountOf(to),
            document: keccak256("assignment"),
            nonce: licences.nonceOf(licence),
            deadline: NEVER
        });
    }

    function refusesTransfer(
        ILicenceRegistry.LicenceTransfer memory t,
        string memory holder,
        string memory licensor,
        bytes memory because
    ) internal {
        bytes32 digest = licences.digestOf(t);
        bytes memory first = signedBy(holder, digest);
        bytes memory second = signedBy(licensor, digest);
        vm.expectRevert(because);
        licences.transfer(t, first, second);
    }
}
