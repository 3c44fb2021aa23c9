// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ISigned} from "../interfaces/ISigned.sol";
import {Signatures} from "./Signatures.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title The EIP-712 domain and the checks that every signed act needs.
/// @dev OpenZeppelin's EIP712 does the same, but declares two strings in storage as a fallback for long names; here the
/// storage layout holds records and nothing else.
abstract contract Signed is ISigned {
    bytes32 private constant _DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant _VERSION_HASH = keccak256("1");

    bytes32 private immutable _NAME_HASH;
    bytes32 private immutable _SEPARATOR;
    uint256 private immutable _CHAIN_ID;
    address private immutable _SELF;

    constructor() {
        _NAME_HASH = keccak256(bytes(_domainName()));
        _CHAIN_ID = block.chainid;
        _SELF = address(this);
        _SEPARATOR = _buildSeparator(_NAME_HASH);
    }

    /// @inheritdoc ISigned
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (0x0f, _domainName(), "1", block.chainid, address(this), bytes32(0), new uint256[](0));
    }

    /// @dev The name of the EIP-712 domain: a constant of the contract.
    function _domainName() internal pure virtual returns (string memory);

    function _typedDigest(bytes32 structHash) internal view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_separator(), structHash);
    }

    function _checkDeadline(uint64 deadline) internal view {
        if (block.timestamp > deadline) revert DeadlinePassed();
    }

    function _checkSignature(address signer, bytes32 digest, bytes calldata signature) internal view {
        if (!Signatures.isBy(signer, digest, signature)) revert BadSignature();
    }

    /// @dev After a split of the chain the cached separator would let a signature count on both sides.
    function _separator() private view returns (bytes32) {
        if (block.chainid == _CHAIN_ID && address(this) == _SELF) return _SEPARATOR;
        return _buildSeparator(_NAME_HASH);
    }

    function _buildSeparator(bytes32 nameHash) private view returns (bytes32) {
        return keccak256(abi.encode(_DOMAIN_TYPE, nameHash, _VERSION_HASH, block.chainid, address(this)));
    }
}
