// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {TitleRegistry} from "../../src/TitleRegistry.sol";
import {ITitleRegistry} from "../../src/interfaces/ITitleRegistry.sol";
import {Test} from "./Test.sol";

/// @notice A title registry with three rectifiers of whom two must sign, and short ways to act on it. People are names.
abstract contract TitleTest is Test {
    uint64 internal constant NEVER = type(uint64).max;
    uint64 internal constant DELAY = 14 days;
    uint16 internal constant WHOLE = 10_000;
    uint256 internal constant TITLE = uint256(keccak256("title"));

    TitleRegistry internal titles;

    constructor() {
        vm.warp(1_767_225_600);
        address[] memory rectifiers = new address[](3);
        rectifiers[0] = accountOf("rectifier a");
        rectifiers[1] = accountOf("rectifier b");
        rectifiers[2] = accountOf("rectifier c");
        titles = new TitleRegistry(rectifiers, 2, DELAY);
    }

    function registrationOf(string memory holder, uint256 title)
        internal
        pure
        returns (ITitleRegistry.Registration memory)
    {
        return ITitleRegistry.Registration({
            holder: accountOf(holder), title: title, evidence: 0, document: keccak256("deed"), deadline: NEVER
        });
    }

    function register(string memory holder, uint256 title) internal {
        ITitleRegistry.Registration memory r = registrationOf(holder, title);
        titles.register(r, signedBy(holder, titles.digestOf(r)));
    }

    function conveyanceOf(uint256 title, string memory to, uint8 kind, uint16 shareBps)
        internal
        view
        returns (ITitleRegistry.Conveyance memory)
    {
        return ITitleRegistry.Conveyance({
            title: title,
            to: accountOf(to),
            kind: kind,
            shareBps: shareBps,
            executed: 1_767_000_000,
            document: keccak256("instrument"),
            nonce: titles.nonceOf(title),
            deadline: NEVER
        });
    }

    function convey(string memory from, ITitleRegistry.Conveyance memory c) internal {
        titles.convey(c, signedBy(from, titles.digestOf(c)));
    }

    function convey(string memory from, string memory to, uint256 title) internal {
        convey(from, conveyanceOf(title, to, 1, WHOLE));
    }

    function conveyInterest(string memory from, ITitleRegistry.Conveyance memory c) internal {
        titles.conveyInterest(c, accountOf(from), signedBy(from, titles.digestOf(c)));
    }

    function refusesConveyance(string memory from, ITitleRegistry.Conveyance memory c, bytes memory because) internal {
        bytes memory signature = signedBy(from, titles.digestOf(c));
        vm.expectRevert(because);
        titles.convey(c, signature);
    }

    function refusesInterest(string memory from, ITitleRegistry.Conveyance memory c, bytes memory because) internal {
        bytes memory signature = signedBy(from, titles.digestOf(c));
        vm.expectRevert(because);
        titles.conveyInterest(c, accountOf(from), signature);
    }
}
