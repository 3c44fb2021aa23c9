// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ITitleRegistry} from "../interfaces/ITitleRegistry.sol";

/// @title The EIP-712 struct hashes of the title registry. The type strings are frozen.
library TitleTypes {
    bytes32 internal constant REGISTRATION =
        keccak256("Registration(address holder,uint256 title,uint8 evidence,bytes32 document,uint64 deadline)");
    bytes32 internal constant CONVEYANCE = keccak256(
        "Conveyance(uint256 title,address to,uint8 kind,uint16 shareBps,uint64 executed,bytes32 document,uint64 nonce,uint64 deadline)"
    );
    bytes32 internal constant SUBSTANTIATION =
        keccak256("Substantiation(uint256 title,uint8 evidence,bytes32 document,uint64 nonce,uint64 deadline)");
    bytes32 internal constant RECTIFICATION =
        keccak256("Rectification(uint256 title,address to,uint8 basis,bytes32 document,uint64 nonce,uint64 deadline)");
    bytes32 internal constant WITHDRAWAL = keccak256("Withdrawal(bytes32 rectification,uint64 deadline)");

    function hash(ITitleRegistry.Registration calldata r) internal pure returns (bytes32) {
        return keccak256(abi.encode(REGISTRATION, r.holder, r.title, r.evidence, r.document, r.deadline));
    }

    function hash(ITitleRegistry.Conveyance calldata c) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(CONVEYANCE, c.title, c.to, c.kind, c.shareBps, c.executed, c.document, c.nonce, c.deadline)
        );
    }

    function hash(ITitleRegistry.Substantiation calldata s) internal pure returns (bytes32) {
        return keccak256(abi.encode(SUBSTANTIATION, s.title, s.evidence, s.document, s.nonce, s.deadline));
    }

    function hash(ITitleRegistry.Rectification calldata r) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECTIFICATION, r.title, r.to, r.basis, r.document, r.nonce, r.deadline));
    }

    function hash(ITitleRegistry.Withdrawal calldata w) internal pure returns (bytes32) {
        return keccak256(abi.encode(WITHDRAWAL, w.rectification, w.deadline));
    }
}
