// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRecordToken} from "../interfaces/IRecordToken.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title The ERC-721 face of a record: reads work, every way to move a token by an approval reverts.
abstract contract RecordToken is IRecordToken {
    mapping(address holder => uint256 count) private _balances;

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC721).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    /// @inheritdoc IERC721
    function balanceOf(address holder) external view returns (uint256) {
        if (holder == address(0)) revert ZeroAddress();
        return _balances[holder];
    }

    /// @inheritdoc IERC721
    function ownerOf(uint256 id) external view returns (address) {
        return _existing(id);
    }

    /// @inheritdoc IERC721
    function getApproved(uint256 id) external view returns (address) {
        _existing(id);
        return address(0);
    }

    /// @inheritdoc IERC721
    function isApprovedForAll(address, address) external pure returns (bool) {
        return false;
    }

    /// @inheritdoc IERC721
    function approve(address, uint256) external pure {
        revert OnlyByConveyance();
    }

    /// @inheritdoc IERC721
    function setApprovalForAll(address, bool) external pure {
        revert OnlyByConveyance();
    }

    /// @inheritdoc IERC721
    function transferFrom(address, address, uint256) external pure {
        revert OnlyByConveyance();
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address, address, uint256) external pure {
        revert OnlyByConveyance();
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address, address, uint256, bytes calldata) external pure {
        revert OnlyByConveyance();
    }

    /// @dev The holder in the record, zero if there is none.
    function _holderOf(uint256 id) internal view virtual returns (address);

    /// @dev Counts a record that came into being and logs it. The caller has written the record.
    function _countNew(address holder, uint256 id) internal {
        unchecked {
            _balances[holder] += 1;
        }
        emit Transfer(address(0), holder, id);
    }

    /// @dev Counts a record that moved and logs it. The caller has written the record.
    function _countMoved(address from, address to, uint256 id) internal {
        unchecked {
            _balances[from] -= 1;
            _balances[to] += 1;
        }
        emit Transfer(from, to, id);
    }

    function _existing(uint256 id) internal view returns (address holder) {
        holder = _holderOf(id);
        if (holder == address(0)) revert UnknownToken(id);
    }
}
