// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {TitleRegistry} from "../../src/TitleRegistry.sol";
import {ITitleRegistry} from "../../src/interfaces/ITitleRegistry.sol";
import {TitleTest} from "../support/TitleTest.sol";

/// @notice Four people, three rectifiers and a thief act on titles; the model keeps who should hold what.
contract TitleHandler is TitleTest {
    string[4] private _people = ["alice", "bob", "carol", "dave"];

    bool public breached;
    uint256[] private _ids;
    mapping(uint256 title => uint256 person) public holderIn;
    mapping(uint256 title => uint256 acts) public actsIn;
    mapping(uint256 title => mapping(uint256 person => uint8 mark)) private _partyIn;
    ITitleRegistry.Rectification[] private _proposals;

    function registerOne(uint256 person) external {
        person = person % 4;
        uint256 title = uint256(keccak256(abi.encode(_ids.length)));
        register(_people[person], title);
        _ids.push(title);
        holderIn[title] = person;
    }

    function conveyOne(uint256 which, uint256 to, uint8 kind, uint16 shareBps) external {
        if (_ids.length == 0) return;
        uint256 title = _ids[which % _ids.length];
        uint256 from = holderIn[title];
        to = to % 4;
        ITitleRegistry.Conveyance memory c = conveyanceOf(title, _people[to], 1 + kind % 12, 1 + shareBps % 10_000);
        bytes memory signature = signedBy(_people[from], titles.digestOf(c));
        (bool done,) = address(titles).call(abi.encodeCall(titles.convey, (c, signature)));
        if (!done) return;
        ++actsIn[title];
        if (c.shareBps == WHOLE && _moves(c.kind)) holderIn[title] = to;
        else if (to != from) _partyIn[title][to] |= _shares(c.kind) ? 1 : 2;
    }

    function conveyAll(uint256 which, uint256 to, uint256 kind) external {
        if (_ids.length == 0) return;
        uint256 title = _ids[which % _ids.length];
        to = to % 4;
        if (to == holderIn[title]) return;
        uint8[6] memory kinds = [1, 3, 4, 10, 11, 12];
        convey(_people[holderIn[title]], conveyanceOf(title, _people[to], kinds[kind % 6], WHOLE));
        ++actsIn[title];
        holderIn[title] = to;
    }

    function conveyInterestOf(uint256 which, uint256 from, uint256 to, uint8 kind, uint16 shareBps) external {
        if (_ids.length == 0) return;
        uint256 title = _ids[which % _ids.length];
        (from, to) = (from % 4, to % 4);
        ITitleRegistry.Conveyance memory c = conveyanceOf(title, _people[to], 1 + kind % 12, shareBps % 10_001);
        bytes memory signature = signedBy(_people[from], titles.digestOf(c));
        (bool done,) =
            address(titles).call(abi.encodeCall(titles.conveyInterest, (c, accountOf(_people[from]), signature)));
        if (!done) return;
        uint8 mark = _partyIn[title][from];
        if (mark == 0 || (_shares(c.kind) && mark == 2) || (c.kind == 7 && mark == 1)) breached = true;
        ++actsIn[title];
        if (to == from || to == holderIn[title] || c.kind == 7) return;
        _partyIn[title][to] |= c.kind == 12 ? mark : _shares(c.kind) ? 1 : 2;
    }

    function steal(uint256 which, uint256 thief) external {
        if (_ids.length == 0) return;
        uint256 title = _ids[which % _ids.length];
        thief = thief % 4;
        if (thief == holderIn[title]) return;
        ITitleRegistry.Conveyance memory c = conveyanceOf(title, _people[thief], 1, WHOLE);
        bytes memory signature = signedBy(_people[thief], titles.digestOf(c));
        try titles.convey(c, signature) {
            breached = true;
        } catch {}
        vm.prank(accountOf(_people[holderIn[title]]));
        (bool done,) = address(titles)
            .call(
                abi.encodeCall(
                    titles.transferFrom, (accountOf(_people[holderIn[title]]), accountOf(_people[thief]), title)
                )
            );
        if (done) breached = true;
    }

    function propose(uint256 which, uint256 to) external {
        if (_ids.length == 0) return;
        ITitleRegistry.Rectification memory r = ITitleRegistry.Rectification({
            title: _ids[which % _ids.length],
            to: accountOf(_people[to % 4]),
            basis: 1,
            document: bytes32(to % 4),
            nonce: uint64(_proposals.length),
            deadline: NEVER
        });
        titles.proposeRectification(r, accountOf("rectifier a"), signedBy("rectifier a", titles.digestOf(r)));
        _proposals.push(r);
    }

    function rectify(uint256 which, bool patient) external {
        if (_proposals.length == 0) return;
        ITitleRegistry.Rectification memory r = _proposals[which % _proposals.length];
        bytes32 digest = titles.digestOf(r);
        uint64 notBefore = titles.notBeforeOf(digest);
        bool open = notBefore != type(uint64).max;
        if (patient && open && block.timestamp < notBefore) vm.warp(notBefore);
        bool due = open && vm.getBlockTimestamp() >= notBefore;
        (address[] memory signers, bytes[] memory signatures) = _both(digest);
        try titles.rectify(r, signers, signatures) {
            if (!due) breached = true;
            ++actsIn[r.title];
            holderIn[r.title] = uint256(r.document);
        } catch {
            if (due) breached = true;
        }
    }

    function count() external view returns (uint256) {
        return _ids.length;
    }

    function idAt(uint256 index) external view returns (uint256) {
        return _ids[index];
    }

    function personAt(uint256 index) external view returns (address) {
        return accountOf(_people[index]);
    }

    function partyAt(uint256 title, uint256 person) external view returns (uint8) {
        return _partyIn[title][person];
    }

    function _shares(uint8 kind) private pure returns (bool) {
        return kind <= 4 || kind == 10 || kind == 11;
    }

    function _moves(uint8 kind) private pure returns (bool) {
        return kind == 1 || kind == 3 || kind == 4 || kind == 10 || kind == 11 || kind == 12;
    }

    function _both(bytes32 digest) private pure returns (address[] memory signers, bytes[] memory signatures) {
        (string memory one, string memory two) = ("rectifier a", "rectifier b");
        if (accountOf(one) > accountOf(two)) (one, two) = (two, one);
        (signers, signatures) = (new address[](2), new bytes[](2));
        (signers[0], signers[1]) = (accountOf(one), accountOf(two));
        (signatures[0], signatures[1]) = (signedBy(one, digest), signedBy(two, digest));
    }

    function registry() external view returns (address) {
        return address(titles);
    }
}

contract TitleRegistryInvariants is TitleTest {
    TitleHandler private _handler = new TitleHandler();

    constructor() {
        titles = TitleRegistry(_handler.registry());
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_recordsAreThoseOfTheModel() external view {
        uint256[4] memory held;
        for (uint256 i = 0; i < _handler.count(); ++i) {
            uint256 title = _handler.idAt(i);
            uint256 person = _handler.holderIn(title);
            ++held[person];
            assertEq(titles.ownerOf(title), _handler.personAt(person), "owner");
            assertEq(titles.nonceOf(title), _handler.actsIn(title), "nonce");
            (, uint32 number) = titles.recordOf(title);
            assertEq(number, i + 1, "number");
            for (person = 0; person < 4; ++person) {
                assertEq(
                    titles.interestOf(title, _handler.personAt(person)), _handler.partyAt(title, person), "interest"
                );
            }
        }
        for (uint256 person = 0; person < 4; ++person) {
            assertEq(titles.balanceOf(_handler.personAt(person)), held[person], "balance");
        }
    }

    function invariant_nothingMovesWithoutItsHolderOrTheRectifiers() external view {
        assertTrue(!_handler.breached(), "breached");
    }
}
