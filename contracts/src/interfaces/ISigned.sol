// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What all contracts share that act on EIP-712 signatures.
/// @notice A signature is 65 bytes r ‖ s ‖ v with s in the lower half of the curve order; for an account with code,
/// whatever its ERC-1271 `isValidSignature` accepts. The two are tried in this order, so an account whose code was
/// delegated (EIP-7702) can still sign with its key.
/// @dev ERC-1271 is asked by a static call and before any state is written: no re-entrance is possible.
interface ISigned {
    /// @notice The time up to which the signature was good is over.
    error DeadlinePassed();

    /// @notice The signature is not that of the account that had to sign.
    error BadSignature();

    /// @notice The EIP-712 domain, as in ERC-5267. It follows the chain id if the chain splits.
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
        );
}
