// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EvidenceLog} from "../../src/EvidenceLog.sol";
import {Test} from "../support/Test.sol";

/// @notice Senders who anchor, repeat themselves and try to fork, and a model of what must come of it.
contract AnchorHandler is Test {
    uint256 public constant SENDERS = 3;

    EvidenceLog public immutable LOG = new EvidenceLog();
    bool public breached;
    mapping(uint256 sender => bytes32[] heads) private _heads;

    function anchor(uint256 sender, bytes32 root, uint64 size) external {
        sender = sender % SENDERS;
        bytes32 previous = headIn(sender);
        vm.prank(accountAt(sender));
        LOG.anchor(previous, root, size);
        _heads[sender].push(sha256(bytes.concat(hex"02", previous, root, bytes8(size))));
    }

    function anchorOnAnOldHead(uint256 sender, uint256 age, bytes32 root) external {
        sender = sender % SENDERS;
        uint256 length = _heads[sender].length;
        if (length == 0) return;
        age = 1 + age % length;
        bytes32 old = age == length ? bytes32(0) : _heads[sender][length - 1 - age];
        vm.prank(accountAt(sender));
        try LOG.anchor(old, root, 1) {
            breached = true;
        } catch {}
    }

    function headIn(uint256 sender) public view returns (bytes32) {
        uint256 length = _heads[sender].length;
        return length == 0 ? bytes32(0) : _heads[sender][length - 1];
    }

    function accountAt(uint256 sender) public pure returns (address) {
        return address(uint160(0x1000 + sender));
    }
}

contract EvidenceLogInvariants is Test {
    AnchorHandler private _handler = new AnchorHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_headsAreThoseOfTheModel() external view {
        for (uint256 i = 0; i < _handler.SENDERS(); ++i) {
            assertEq(_handler.LOG().headOf(_handler.accountAt(i)), _handler.headIn(i), "head");
        }
        assertTrue(!_handler.breached(), "an old head was accepted");
    }
}
