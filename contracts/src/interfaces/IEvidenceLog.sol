// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The log of evidence: one chained head for each sender.
/// @notice A sender anchors the root of a batch of salted commitments. Each anchor names the head that it follows, so a
/// transaction that is broadcast twice has one effect, and two histories of one sender cannot both be accepted.
/// @dev Nothing but 32-byte roots and a count is ever written. Sequence numbers are counted off chain.
interface IEvidenceLog {
    /// @notice The head given is not the sender's present head.
    /// @param expected the sender's present head, zero before the first anchor
    /// @param given the head that the call named
    error StaleHead(bytes32 expected, bytes32 given);

    /// @notice A batch was anchored; its time is the time of the block.
    /// @param sender whose chain of heads grew
    /// @param root the RFC 6962 root of the batch
    /// @param size the number of leaves under the root
    /// @param head the sender's new head
    event Anchored(address indexed sender, bytes32 indexed root, uint64 size, bytes32 head);

    /// @notice Adds a batch to the sender's chain.
    /// @dev head = SHA-256(0x02 ‖ previousHead ‖ root ‖ size as eight big-endian bytes). Reverts with {StaleHead}.
    /// @param previousHead the sender's present head, zero for the first anchor
    /// @param root the RFC 6962 root of the batch
    /// @param size the number of leaves under the root
    function anchor(bytes32 previousHead, bytes32 root, uint64 size) external;

    /// @notice The present head of a sender's chain, zero if it never anchored.
    function headOf(address sender) external view returns (bytes32 head);
}
