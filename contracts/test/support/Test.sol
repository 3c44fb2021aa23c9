// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Vm} from "./Vm.sol";

/// @notice Assertions, keys and counts of storage writes: all that our tests need of a test library.
abstract contract Test {
    bool public constant IS_TEST = true;
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error Unequal(string what, bytes32 left, bytes32 right);
    error Untrue(string what);
    error Above(string what, uint256 value, uint256 ceiling);

    function assertEq(uint256 left, uint256 right, string memory what) internal pure {
        if (left != right) revert Unequal(what, bytes32(left), bytes32(right));
    }

    function assertEq(bytes32 left, bytes32 right, string memory what) internal pure {
        if (left != right) revert Unequal(what, left, right);
    }

    function assertEq(address left, address right, string memory what) internal pure {
        if (left != right) revert Unequal(what, bytes32(uint256(uint160(left))), bytes32(uint256(uint160(right))));
    }

    function assertEq(bool left, bool right, string memory what) internal pure {
        if (left != right) revert Unequal(what, bytes32(uint256(left ? 1 : 0)), bytes32(uint256(right ? 1 : 0)));
    }

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert Untrue(what);
    }

    function assertLe(uint256 value, uint256 ceiling, string memory what) internal pure {
        if (value > ceiling) revert Above(what, value, ceiling);
    }

    function bound(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + value % (most - least + 1);
    }

    /// @dev A test key; the name says whose it is.
    function keyOf(string memory name) internal pure returns (uint256) {
        return uint256(keccak256(bytes(name))) >> 1;
    }

    function accountOf(string memory name) internal pure returns (address) {
        return vm.addr(keyOf(name));
    }

    function signedBy(string memory name, bytes32 digest) internal pure returns (bytes memory) {
        return signedBy(keyOf(name), digest);
    }

    function signedBy(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The other signature that the curve gives for the same digest and key, with s in the upper half.
    function malleated(bytes memory signature) internal pure returns (bytes memory) {
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
            v := byte(0, mload(add(signature, 0x60)))
        }
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        return abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    /// @dev Storage slots that went from zero to something, and all that changed, since the recording began.
    function slotsWritten() internal returns (uint256 fresh, uint256 changed) {
        Vm.AccountAccess[] memory accesses = vm.stopAndReturnStateDiff();
        for (uint256 i = 0; i < accesses.length; ++i) {
            for (uint256 j = 0; j < accesses[i].storageAccesses.length; ++j) {
                Vm.StorageAccess memory access = accesses[i].storageAccesses[j];
                if (!access.isWrite || access.reverted || access.previousValue == access.newValue) continue;
                ++changed;
                if (access.previousValue == bytes32(0)) ++fresh;
            }
        }
    }
}
