// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Test} from "../support/Test.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @notice A token with nothing of a title: who calls makes it, and no signature is looked at.
contract PlainToken is ERC721("Plain token", "PLAIN") {
    function mint(address to, uint256 id) external {
        _mint(to, id);
    }
}

/// @notice What a plain OpenZeppelin mint costs in the same run, as the floor for any title on a chain.
contract OpenZeppelinTest is Test {
    PlainToken private _token = new PlainToken();

    constructor() {
        _token.mint(accountOf("known holder"), uint256(keccak256("their first token")));
    }

    function test_gas_openzeppelin_mint() public {
        _token.mint(accountOf("known holder"), uint256(keccak256("token")));
        uint256 known = vm.snapshotGasLastCall("gas", "openzeppelin_mint_known_holder");
        _token.mint(accountOf("new holder"), uint256(keccak256("another token")));
        uint256 new_ = vm.snapshotGasLastCall("gas", "openzeppelin_mint_new_holder");
        assertLe(known + 17_000, new_, "a new holder costs a new slot");
    }
}
