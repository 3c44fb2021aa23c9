// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenceRegistry} from "../interfaces/ILicenceRegistry.sol";

/// @title The EIP-712 struct hashes of the licence registry. The type strings are frozen.
library LicenceTypes {
    bytes32 internal constant GRANT = keccak256(
        "Grant(bytes32 commitment,uint256[] titles,uint256 parent,address holder,address authority,uint8 transferRule,bool survives,uint8 exclusivity,uint64 start,uint64 end,uint64 deadline)"
    );
    bytes32 internal constant LICENCE_TRANSFER = keccak256(
        "LicenceTransfer(uint256 licence,uint256 title,address to,bytes32 document,uint64 nonce,uint64 deadline)"
    );
    bytes32 internal constant STATUS_CHANGE = keccak256(
        "StatusChange(uint256 licence,uint256 title,uint8 action,uint8 reason,bytes32 document,uint64 end,uint64 nonce,uint64 deadline)"
    );

    function hash(ILicenceRegistry.Grant calldata g) internal pure returns (bytes32) {
        // In two halves, all of static words: more than the stack takes at once.
        return keccak256(
            bytes.concat(
                abi.encode(GRANT, g.commitment, keccak256(abi.encodePacked(g.titles)), g.parent, g.holder, g.authority),
                abi.encode(g.transferRule, g.survives, g.exclusivity, g.start, g.end, g.deadline)
            )
        );
    }

    function hash(ILicenceRegistry.LicenceTransfer calldata t) internal pure returns (bytes32) {
        return keccak256(abi.encode(LICENCE_TRANSFER, t.licence, t.title, t.to, t.document, t.nonce, t.deadline));
    }

    function hash(ILicenceRegistry.StatusChange calldata c) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(STATUS_CHANGE, c.licence, c.title, c.action, c.reason, c.document, c.end, c.nonce, c.deadline)
        );
    }
}
