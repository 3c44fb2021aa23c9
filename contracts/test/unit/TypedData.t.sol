// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LicenceRegistry} from "../../src/LicenceRegistry.sol";
import {TermsAcceptance} from "../../src/TermsAcceptance.sol";
import {TitleRegistry} from "../../src/TitleRegistry.sol";
import {ILicenceRegistry} from "../../src/interfaces/ILicenceRegistry.sol";
import {ITermsAcceptance} from "../../src/interfaces/ITermsAcceptance.sol";
import {ITitleRegistry} from "../../src/interfaces/ITitleRegistry.sol";
import {Test} from "../support/Test.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice Every signed struct hashes as an independent implementation hashes it (script/typed-data.mjs, viem).
contract TypedDataTest is Test {
    address private constant _AT = address(0xff);

    string private _json;

    constructor() {
        _json = vm.readFile("test/vectors/typed_data.json");
    }

    function test_acceptance_hashesAsTheVector() public {
        vm.etch(_AT, address(new TermsAcceptance()).code);
        string memory entry = _entry(0, "Acceptance");
        ITermsAcceptance.Acceptance memory a;
        a.signer = _address(entry, "signer");
        a.terms = _word(entry, "terms");
        a.subject = _word(entry, "subject");
        a.deadline = uint64(_number(entry, "deadline"));
        _check(entry, TermsAcceptance(_AT).digestOf(a));
        TermsAcceptance(_AT).accept(a, vm.parseJsonBytes(_json, string.concat(entry, ".signature")));
    }

    function test_registration_hashesAsTheVector() public {
        TitleRegistry titles = _titles();
        string memory entry = _entry(1, "Registration");
        ITitleRegistry.Registration memory r;
        r.holder = _address(entry, "holder");
        r.title = _number(entry, "title");
        r.evidence = uint8(_number(entry, "evidence"));
        r.document = _word(entry, "document");
        r.deadline = uint64(_number(entry, "deadline"));
        _check(entry, titles.digestOf(r));
        titles.register(r, vm.parseJsonBytes(_json, string.concat(entry, ".signature")));
    }

    function test_conveyance_hashesAsTheVector() public {
        string memory entry = _entry(2, "Conveyance");
        ITitleRegistry.Conveyance memory c;
        c.title = _number(entry, "title");
        c.to = _address(entry, "to");
        c.kind = uint8(_number(entry, "kind"));
        c.shareBps = uint16(_number(entry, "shareBps"));
        c.executed = uint64(_number(entry, "executed"));
        c.document = _word(entry, "document");
        c.nonce = uint64(_number(entry, "nonce"));
        c.deadline = uint64(_number(entry, "deadline"));
        _check(entry, _titles().digestOf(c));
    }

    function test_substantiation_hashesAsTheVector() public {
        string memory entry = _entry(3, "Substantiation");
        ITitleRegistry.Substantiation memory s;
        s.title = _number(entry, "title");
        s.evidence = uint8(_number(entry, "evidence"));
        s.document = _word(entry, "document");
        s.nonce = uint64(_number(entry, "nonce"));
        s.deadline = uint64(_number(entry, "deadline"));
        _check(entry, _titles().digestOf(s));
    }

    function test_rectification_hashesAsTheVector() public {
        string memory entry = _entry(4, "Rectification");
        ITitleRegistry.Rectification memory r;
        r.title = _number(entry, "title");
        r.to = _address(entry, "to");
        r.basis = uint8(_number(entry, "basis"));
        r.document = _word(entry, "document");
        r.nonce = uint64(_number(entry, "nonce"));
        r.deadline = uint64(_number(entry, "deadline"));
        _check(entry, _titles().digestOf(r));
    }

    function test_withdrawal_hashesAsTheVector() public {
        string memory entry = _entry(5, "Withdrawal");
        ITitleRegistry.Withdrawal memory w;
        w.rectification = _word(entry, "rectification");
        w.deadline = uint64(_number(entry, "deadline"));
        _check(entry, _titles().digestOf(w));
    }

    function test_grant_hashesAsTheVector() public {
        string memory entry = _entry(6, "Grant");
        ILicenceRegistry.Grant memory g;
        g.commitment = _word(entry, "commitment");
        g.titles = vm.parseJsonUintArray(_json, string.concat(entry, ".message.titles"));
        g.parent = _number(entry, "parent");
        g.holder = _address(entry, "holder");
        g.authority = _address(entry, "authority");
        g.transferRule = uint8(_number(entry, "transferRule"));
        g.survives = vm.parseJsonBool(_json, string.concat(entry, ".message.survives"));
        g.exclusivity = uint8(_number(entry, "exclusivity"));
        g.start = uint64(_number(entry, "start"));
        g.end = uint64(_number(entry, "end"));
        g.deadline = uint64(_number(entry, "deadline"));
        assertEq(g.titles.length, 2, "titles");
        _check(entry, _licences().digestOf(g));
    }

    function test_licenceTransfer_hashesAsTheVector() public {
        string memory entry = _entry(7, "LicenceTransfer");
        ILicenceRegistry.LicenceTransfer memory t;
        t.licence = _number(entry, "licence");
        t.title = _number(entry, "title");
        t.to = _address(entry, "to");
        t.document = _word(entry, "document");
        t.nonce = uint64(_number(entry, "nonce"));
        t.deadline = uint64(_number(entry, "deadline"));
        _check(entry, _licences().digestOf(t));
    }

    function test_statusChange_hashesAsTheVector() public {
        string memory entry = _entry(8, "StatusChange");
        ILicenceRegistry.StatusChange memory c;
        c.licence = _number(entry, "licence");
        c.title = _number(entry, "title");
        c.action = uint8(_number(entry, "action"));
        c.reason = uint8(_number(entry, "reason"));
        c.document = _word(entry, "document");
        c.end = uint64(_number(entry, "end"));
        c.nonce = uint64(_number(entry, "nonce"));
        c.deadline = uint64(_number(entry, "deadline"));
        _check(entry, _licences().digestOf(c));
    }

    function _titles() private returns (TitleRegistry) {
        address[] memory rectifiers = new address[](1);
        rectifiers[0] = address(1);
        vm.etch(_AT, address(new TitleRegistry(rectifiers, 1, 1)).code);
        return TitleRegistry(_AT);
    }

    function _licences() private returns (LicenceRegistry) {
        vm.etch(_AT, address(new LicenceRegistry(address(1))).code);
        return LicenceRegistry(_AT);
    }

    /// @dev The digest is the vector's, and so are the signer and the signature of its key.
    function _check(string memory entry, bytes32 digest) private view {
        assertEq(digest, vm.parseJsonBytes32(_json, string.concat(entry, ".digest")), "digest");
        bytes memory signature = vm.parseJsonBytes(_json, string.concat(entry, ".signature"));
        assertEq(ECDSA.recover(digest, signature), vm.parseJsonAddress(_json, ".signer"), "signer");
        bytes memory ours = signedBy(vm.parseJsonUint(_json, ".privateKey"), digest);
        assertEq(keccak256(ours), keccak256(signature), "signature");
    }

    function _entry(uint256 index, string memory name) private view returns (string memory entry) {
        entry = string.concat(".vectors[", vm.toString(index), "]");
        string memory found = vm.parseJsonString(_json, string.concat(entry, ".primaryType"));
        assertEq(keccak256(bytes(found)), keccak256(bytes(name)), "struct");
    }

    function _number(string memory entry, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(_json, string.concat(entry, ".message.", field));
    }

    function _word(string memory entry, string memory field) private view returns (bytes32) {
        return vm.parseJsonBytes32(_json, string.concat(entry, ".message.", field));
    }

    function _address(string memory entry, string memory field) private view returns (address) {
        return vm.parseJsonAddress(_json, string.concat(entry, ".message.", field));
    }
}
