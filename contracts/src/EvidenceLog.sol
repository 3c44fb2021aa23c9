// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidenceLog} from "./interfaces/IEvidenceLog.sol";

/// @title EvidenceLog
/// @dev One storage slot for each sender, written again by each anchor.
contract EvidenceLog is IEvidenceLog {
    mapping(address sender => bytes32 head) private _heads;

    /// @inheritdoc IEvidenceLog
    function anchor(bytes32 previousHead, bytes32 root, uint64 size) external {
        bytes32 present = _heads[msg.sender];
        if (previousHead != present) revert StaleHead(present, previousHead);

        bytes32 head = sha256(abi.encodePacked(bytes1(0x02), previousHead, root, size));
        _heads[msg.sender] = head;
        emit Anchored(msg.sender, root, size, head);
    }

    /// @inheritdoc IEvidenceLog
    function headOf(address sender) external view returns (bytes32 head) {
        return _heads[sender];
    }
}
