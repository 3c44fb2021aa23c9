// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title A record that wallets and explorers can read as an ERC-721 token.
/// @notice Only the reads of ERC-721 work. A record moves by the signed acts of its registry and by nothing else, so an
/// approval that was phished is worth nothing; `getApproved` is always zero and `isApprovedForAll` always false.
/// @dev No receiver hook is ever called.
interface IRecordToken is IERC721 {
    /// @notice A record does not move by `transferFrom`, `safeTransferFrom`, `approve` or `setApprovalForAll`.
    error OnlyByConveyance();

    /// @notice There is no such record.
    error UnknownToken(uint256 id);

    /// @notice The zero address holds nothing.
    error ZeroAddress();
}
