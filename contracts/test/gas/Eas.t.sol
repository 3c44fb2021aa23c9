// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EvidenceLog} from "../../src/EvidenceLog.sol";
import {Test} from "../support/Test.sol";

/// @notice The two calls of the Ethereum Attestation Service that date a 32-byte word.
interface IEas {
    function timestamp(bytes32 data) external returns (uint64);
    function multiTimestamp(bytes32[] calldata data) external returns (uint64);
}

/// @notice What the Ethereum Attestation Service costs in the same run, from its own published bytecode.
contract EasTest is Test {
    uint256 private constant MANY = 10;

    EvidenceLog private _log = new EvidenceLog();
    IEas private _eas;

    constructor() {
        bytes memory code = vm.parseJsonBytes(vm.readFile("test/vendor/eas-1.9.0.json"), ".bytecode");
        bytes memory creation = abi.encodePacked(code, abi.encode(address(1))); // any schema registry: none is asked
        address made;
        assembly ("memory-safe") {
            made := create(0, add(creation, 0x20), mload(creation))
        }
        require(made != address(0), "EAS was not created");
        _eas = IEas(made);
    }

    function test_gas_eas_timestamp() public {
        _eas.timestamp(keccak256("earlier"));
        _eas.timestamp(keccak256("root"));
        uint256 theirs = vm.snapshotGasLastCall("gas", "eas_timestamp");

        _log.anchor(bytes32(0), keccak256("root"), 10_000);
        _log.anchor(_log.headOf(address(this)), keccak256("root 2"), 10_000);
        assertLe(vm.lastCallGas().gasTotalUsed, theirs, "an anchor costs less than an EAS timestamp");
    }

    function test_gas_eas_multiTimestamp() public {
        bytes32[] memory words = new bytes32[](MANY);
        for (uint256 i = 0; i < MANY; ++i) {
            words[i] = keccak256(abi.encode("document", i));
        }
        _eas.multiTimestamp(words);
        uint256 theirs = vm.snapshotGasLastCall("gas", "eas_multi_timestamp_10");
        assertLe(20_000 * MANY, theirs, "a new slot for each word");
    }
}
