// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LicenceRegistry} from "../../src/LicenceRegistry.sol";
import {ILicenceRegistry} from "../../src/interfaces/ILicenceRegistry.sol";
import {LicenceTest} from "../support/LicenceTest.sol";

/// @notice Grants, sublicences, transfers, changes and the passing of time, and a model that is worked out from the root
/// down, where the contract works from the leaf up.
contract LicenceHandler is LicenceTest {
    struct Model {
        uint256 parent; // index + 1, zero for none
        uint256 holder;
        bool survives;
        bool suspended;
        bool terminated;
        bool converted;
        uint64 start;
        uint64 end;
        uint256 acts;
    }

    uint256 private constant _MOST = 12;
    string[4] private _people = ["licensee a", "licensee b", "licensee c", "licensee d"];
    string[2] private _owners = ["university", "company"];

    bool public breached;
    uint256 public owner;
    uint256 public tick = 1_767_225_600;
    bytes32 public headIn;
    Model[] private _models;

    function grantOne(uint256 holder, uint256 parent, uint256 terms) external {
        if (_models.length == _MOST) return;
        Model memory m;
        m.holder = holder % 4;
        m.parent = parent % (_models.length + 1);
        m.survives = terms % 2 == 0;
        if (terms % 3 == 0) (m.start, m.end) = (uint64(tick + terms % 100), uint64(tick + 200 + terms % 1000));
        bytes32 commitment = bytes32(idAt(_models.length));
        ILicenceRegistry.Grant memory g = grantOf(commitment, _people[m.holder]);
        g.parent = m.parent == 0 ? 0 : idAt(m.parent - 1);
        (g.survives, g.start, g.end) = (m.survives, m.start, m.end);
        bool allowed = m.parent == 0 || _inForce(statusIn(m.parent - 1));
        allowed = allowed && _tierOf(m.parent) < 8;
        bytes32 digest = licences.digestOf(g);
        bytes memory first = signedBy(m.parent == 0 ? _owners[owner] : _people[_models[m.parent - 1].holder], digest);
        bytes memory second = signedBy(_people[m.holder], digest);
        if (!_done(abi.encodeCall(licences.grant, (g, first, second)), allowed)) return;
        _models.push(m);
        headIn = sha256(bytes.concat("ipx/granthead/v1", hex"00", headIn, commitment));
    }

    function changeOne(uint256 which, uint8 action, bool byAuthority) external {
        if (_models.length == 0) return;
        uint256 index = which % _models.length;
        action = 1 + action % 5;
        Model storage m = _models[index];
        ILicenceRegistry.StatusChange memory c = changeOf(idAt(index), action, 9);
        bool allowed = statusIn(index) != 3;
        if (action == 1) allowed = allowed && !m.suspended;
        if (action == 2) allowed = allowed && m.suspended;
        if (action == 4) allowed = allowed && !m.converted;
        if (action == 5 && m.end != 0) c.end = m.end + 100;
        string memory signer = byAuthority ? "deadline service" : _licensorIn(index);
        if (!_done(_encoded(c, signer), allowed)) return;
        ++m.acts;
        if (action == 1) m.suspended = true;
        if (action == 2) m.suspended = false;
        if (action == 3) m.terminated = true;
        if (action == 4) m.converted = true;
        if (action == 5 && m.end != 0) m.end += 100;
    }

    function changeByAStranger(uint256 which, uint8 action, uint256 person) external {
        if (_models.length == 0) return;
        uint256 index = which % _models.length;
        string memory stranger = person % 5 == 4 ? _owners[1 - owner] : _people[person % 5];
        if (accountOf(stranger) == accountOf(_licensorIn(index))) return;
        _done(_encoded(changeOf(idAt(index), 1 + action % 5, 9), stranger), false);
    }

    function transferOne(uint256 which, uint256 to) external {
        if (_models.length == 0) return;
        uint256 index = which % _models.length;
        Model storage m = _models[index];
        to = to % 4;
        ILicenceRegistry.LicenceTransfer memory t = transferOf(idAt(index), _people[to]);
        bytes32 digest = licences.digestOf(t);
        bytes memory first = signedBy(_people[m.holder], digest);
        bytes memory second = signedBy(_licensorIn(index), digest);
        uint8 status = statusIn(index);
        bool allowed = to != m.holder && (_inForce(status) || status == 6);
        if (!_done(abi.encodeCall(licences.transfer, (t, first, second)), allowed)) return;
        ++m.acts;
        m.holder = to;
    }

    function conveyTheTitle() external {
        convey(_owners[owner], _owners[1 - owner], TITLE);
        owner = 1 - owner;
    }

    function wait(uint256 time) external {
        tick += time % 200;
        vm.warp(tick);
    }

    function count() external view returns (uint256) {
        return _models.length;
    }

    function holderAt(uint256 index) external view returns (address) {
        return accountOf(_people[_models[index].holder]);
    }

    function personAt(uint256 index) external view returns (address) {
        return accountOf(_people[index]);
    }

    function modelAt(uint256 index) external view returns (Model memory) {
        return _models[index];
    }

    function registry() external view returns (address) {
        return address(licences);
    }

    function idAt(uint256 index) public pure returns (uint256) {
        return uint256(keccak256(abi.encode("licence", index)));
    }

    /// @dev Parents have lower indices: one pass from the first licence to this one.
    function statusIn(uint256 index) public view returns (uint8) {
        uint8[] memory status = new uint8[](index + 1);
        for (uint256 i = 0; i <= index; ++i) {
            Model memory m = _models[i];
            uint8 above = m.parent == 0 ? 1 : status[m.parent - 1];
            if (above == 4 || (above == 3 && m.survives)) above = 1;
            if (m.terminated || above == 3) status[i] = 3;
            else if (m.suspended) status[i] = 2;
            else if (m.end != 0 && tick >= m.end) status[i] = 5;
            else if (tick < m.start) status[i] = 6;
            else if (above != 1) status[i] = above;
            else status[i] = m.converted ? 4 : 1;
        }
        return status[index];
    }

    function _licensorIn(uint256 index) private view returns (string memory) {
        Model memory m = _models[index];
        if (m.parent == 0 || statusIn(m.parent - 1) == 3) return _owners[owner];
        return _people[_models[m.parent - 1].holder];
    }

    function _tierOf(uint256 parent) private view returns (uint256 tier) {
        for (; parent != 0; parent = _models[parent - 1].parent) {
            ++tier;
        }
    }

    /// @dev Calls; anything but the outcome that the model expects is a breach.
    function _done(bytes memory data, bool expected) private returns (bool done) {
        (done,) = address(licences).call(data);
        if (done != expected) breached = true;
    }

    function _encoded(ILicenceRegistry.StatusChange memory c, string memory signer)
        private
        view
        returns (bytes memory)
    {
        bytes memory signature = signedBy(signer, licences.digestOf(c));
        bytes4[5] memory selectors = [
            licences.suspend.selector,
            licences.resume.selector,
            licences.terminate.selector,
            licences.convert.selector,
            licences.renew.selector
        ];
        return abi.encodeWithSelector(selectors[c.action - 1], c, accountOf(signer), signature);
    }

    function _inForce(uint8 status) private pure returns (bool) {
        return status == 1 || status == 4;
    }
}

contract LicenceRegistryInvariants is LicenceTest {
    LicenceHandler private _handler = new LicenceHandler();

    constructor() {
        licences = LicenceRegistry(_handler.registry());
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_recordsAreThoseOfTheModel() external {
        vm.warp(_handler.tick());
        uint256[4] memory held;
        for (uint256 i = 0; i < _handler.count(); ++i) {
            uint256 licence = _handler.idAt(i);
            uint8 status = _handler.statusIn(i);
            LicenceHandler.Model memory m = _handler.modelAt(i);
            ++held[m.holder];
            assertEq(licences.ownerOf(licence), _handler.holderAt(i), "holder");
            assertEq(licences.statusOf(licence), status, "status");
            assertEq(licences.isActive(licence), status == 1 || status == 4, "active");
            assertEq(licences.nonceOf(licence), m.acts, "nonce");
            assertEq(licences.authorityOf(licence), accountOf("deadline service"), "authority");
            assertEq(licences.parentOf(licence), m.parent == 0 ? 0 : _handler.idAt(m.parent - 1), "parent");
        }
        for (uint256 person = 0; person < 4; ++person) {
            assertEq(licences.balanceOf(_handler.personAt(person)), held[person], "balance");
        }
        assertEq(licences.grantHeadOf(TITLE), _handler.headIn(), "chain of grants");
    }

    function invariant_everyActEndsAsTheModelSays() external view {
        assertTrue(!_handler.breached(), "breached");
    }
}
