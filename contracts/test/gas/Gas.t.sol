// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EvidenceLog} from "../../src/EvidenceLog.sol";
import {TermsAcceptance} from "../../src/TermsAcceptance.sol";
import {ILicenceRegistry} from "../../src/interfaces/ILicenceRegistry.sol";
import {ITermsAcceptance} from "../../src/interfaces/ITermsAcceptance.sol";
import {ITitleRegistry} from "../../src/interfaces/ITitleRegistry.sol";
import {LicenceCode} from "../../src/lib/LicenceCode.sol";
import {LicenceTest} from "../support/LicenceTest.sol";

/// @notice What each act costs as a transaction of its own, base fee and calldata included, against test/gas/ceilings.json.
contract GasTest is LicenceTest {
    string private _table;

    EvidenceLog private _log = new EvidenceLog();
    TermsAcceptance private _terms = new TermsAcceptance();

    constructor() {
        _table = vm.readFile("test/gas/ceilings.json");
        register("known holder", uint256(keccak256("their first title")));
        grant(keccak256("an earlier grant under the title"), "an earlier licensee");
    }

    function test_gas_anchor_first() public {
        _log.anchor(bytes32(0), keccak256("root"), 10_000);
        _check("anchor_first");
    }

    function test_gas_anchor_next() public {
        _log.anchor(bytes32(0), keccak256("root"), 10_000);
        bytes32 head = _log.headOf(address(this));
        _log.anchor(head, keccak256("root 2"), 10_000);
        _check("anchor_next");
    }

    function test_gas_accept() public {
        ITermsAcceptance.Acceptance memory a = ITermsAcceptance.Acceptance({
            signer: accountOf("signer"),
            terms: keccak256("terms"),
            subject: keccak256("subject"),
            deadline: uint64(block.timestamp + 1 days)
        });
        bytes memory signature = signedBy("signer", _terms.digestOf(a));
        _terms.accept(a, signature);
        _check("accept");
    }

    function test_gas_register_knownHolder() public {
        _register("known holder");
        _check("register_known_holder");
    }

    function test_gas_register_newHolder() public {
        _register("new holder");
        _check("register_new_holder");
    }

    function test_gas_convey_newHolder() public {
        _convey(_dated(conveyanceOf(TITLE, "new holder", 1, WHOLE)));
        _check("convey_new_holder");
    }

    function test_gas_convey_knownHolder() public {
        _convey(_dated(conveyanceOf(TITLE, "known holder", 1, WHOLE)));
        _check("convey_known_holder");
    }

    function test_gas_convey_share() public {
        _convey(_dated(conveyanceOf(TITLE, "new holder", 2, 3_000)));
        _check("convey_share_to_new_party");
    }

    function test_gas_grant_newHolder() public {
        _grant(_datedGrant("new licensee"), "new licensee");
        _check("grant_new_holder");
    }

    function test_gas_grant_knownHolder() public {
        _grant(_datedGrant("an earlier licensee"), "an earlier licensee");
        _check("grant_known_holder");
    }

    function test_gas_grant_noAuthority() public {
        ILicenceRegistry.Grant memory g = _datedGrant("new licensee");
        g.authority = address(0);
        _grant(g, "new licensee");
        _check("grant_new_holder_no_authority");
    }

    function test_gas_grant_firstUnderTitle() public {
        register("university", uint256(keccak256("another title")));
        ILicenceRegistry.Grant memory g = _datedGrant("new licensee");
        g.titles[0] = uint256(keccak256("another title"));
        _grant(g, "new licensee");
        _check("grant_first_under_title");
    }

    function test_gas_grant_published() public {
        ILicenceRegistry.Grant memory g = _datedGrant("an earlier licensee");
        g.exclusivity = LicenceCode.EXCLUSIVE;
        g.start = uint64(block.timestamp);
        g.end = uint64(block.timestamp + 3650 days);
        _grant(g, "an earlier licensee");
        _check("grant_published_known_holder");
    }

    function test_gas_grant_sublicence() public {
        ILicenceRegistry.Grant memory g = _datedGrant("new licensee");
        g.parent = uint256(keccak256("an earlier grant under the title"));
        bytes32 digest = licences.digestOf(g);
        licences.grant(g, signedBy("an earlier licensee", digest), signedBy("new licensee", digest));
        _check("grant_sublicence_new_holder");
    }

    function test_gas_suspend() public {
        uint256 licence = uint256(keccak256("an earlier grant under the title"));
        ILicenceRegistry.StatusChange memory c = changeOf(licence, LicenceCode.SUSPEND, LicenceCode.NON_PAYMENT);
        c.deadline = uint64(block.timestamp + 1 days);
        bytes memory signature = signedBy("deadline service", licences.digestOf(c));
        licences.suspend(c, accountOf("deadline service"), signature);
        _check("suspend");
    }

    function test_gas_transfer() public {
        ILicenceRegistry.LicenceTransfer memory t =
            transferOf(uint256(keccak256("an earlier grant under the title")), "new licensee");
        t.deadline = uint64(block.timestamp + 1 days);
        bytes32 digest = licences.digestOf(t);
        licences.transfer(t, signedBy("an earlier licensee", digest), signedBy("university", digest));
        _check("transfer_with_consent_new_holder");
    }

    function _register(string memory holder) private {
        ITitleRegistry.Registration memory r = registrationOf(holder, uint256(keccak256("a fresh title")));
        r.deadline = uint64(block.timestamp + 1 days);
        titles.register(r, signedBy(holder, titles.digestOf(r)));
    }

    function _dated(ITitleRegistry.Conveyance memory c) private view returns (ITitleRegistry.Conveyance memory) {
        c.deadline = uint64(block.timestamp + 1 days);
        return c;
    }

    function _convey(ITitleRegistry.Conveyance memory c) private {
        titles.convey(c, signedBy("university", titles.digestOf(c)));
    }

    function _datedGrant(string memory licensee) private view returns (ILicenceRegistry.Grant memory g) {
        g = grantOf(COMMITMENT, licensee);
        g.deadline = uint64(block.timestamp + 1 days);
    }

    function _grant(ILicenceRegistry.Grant memory g, string memory licensee) private {
        bytes32 digest = licences.digestOf(g);
        licences.grant(g, signedBy("university", digest), signedBy(licensee, digest));
    }

    /// @dev Under its ceiling, and the figure that snapshots/gas.json holds (forge compares, `make snapshot` writes).
    function _check(string memory name) private {
        uint256 used = vm.snapshotGasLastCall("gas", name);
        assertLe(used, vm.parseJsonUint(_table, string.concat(".", name)), name);
    }
}
