// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EvidenceLog} from "../../src/EvidenceLog.sol";
import {IEvidenceLog} from "../../src/interfaces/IEvidenceLog.sol";
import {Test} from "../support/Test.sol";

contract EvidenceLogTest is Test {
    event Anchored(address indexed sender, bytes32 indexed root, uint64 size, bytes32 head);

    EvidenceLog private _log = new EvidenceLog();

    function test_headOf_whenNothingWasAnchored_isZero() public view {
        assertEq(_log.headOf(address(this)), bytes32(0), "head");
    }

    function test_anchor_whenFirst_logsHeadOfTheVector() public {
        _anchorVector(0);
    }

    function test_anchor_whenSecond_followsTheFirst() public {
        _anchorVector(0);
        _anchorVector(1);
    }

    function test_anchor_whenBroadcastTwice_hasOneEffect() public {
        _log.anchor(bytes32(0), "root", 5);
        bytes32 head = _log.headOf(address(this));
        vm.expectRevert(abi.encodeWithSelector(IEvidenceLog.StaleHead.selector, head, bytes32(0)));
        _log.anchor(bytes32(0), "root", 5);
        assertEq(_log.headOf(address(this)), head, "unchanged");
    }

    function test_anchor_whenForked_acceptsOneBranch() public {
        _log.anchor(bytes32(0), "root", 5);
        bytes32 head = _log.headOf(address(this));
        _log.anchor(head, "branch a", 1);
        bytes32 next = _log.headOf(address(this));
        vm.expectRevert(abi.encodeWithSelector(IEvidenceLog.StaleHead.selector, next, head));
        _log.anchor(head, "branch b", 1);
    }

    function test_anchor_whenAnotherSender_startsItsOwnChain() public {
        _log.anchor(bytes32(0), "root", 5);
        vm.prank(address(7));
        _log.anchor(bytes32(0), "root", 5);
        assertEq(_log.headOf(address(7)), _log.headOf(address(this)), "same content, same head, own chain");
    }

    function test_anchor_whenNotFirst_writesOneSlotAndNoNewOne() public {
        vm.startStateDiffRecording();
        _log.anchor(bytes32(0), "root", 5);
        (uint256 fresh, uint256 changed) = slotsWritten();
        assertEq(fresh, 1, "the first anchor takes one slot");

        bytes32 head = _log.headOf(address(this));
        vm.startStateDiffRecording();
        _log.anchor(head, "root 2", 6);
        (fresh, changed) = slotsWritten();
        assertEq(fresh, 0, "new slots");
        assertEq(changed, 1, "changed slots");
    }

    function testFuzz_anchor_always_chainsBySha256(bytes32 first, uint64 firstSize, bytes32 second, uint64 secondSize)
        public
    {
        _log.anchor(bytes32(0), first, firstSize);
        bytes32 head = sha256(bytes.concat(hex"02", bytes32(0), first, bytes8(firstSize)));
        assertEq(_log.headOf(address(this)), head, "first head");
        _log.anchor(head, second, secondSize);
        head = sha256(bytes.concat(hex"02", head, second, bytes8(secondSize)));
        assertEq(_log.headOf(address(this)), head, "second head");
    }

    function testFuzz_anchor_whenHeadIsNotTheSenders_reverts(bytes32 given) public {
        vm.assume(given != bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(IEvidenceLog.StaleHead.selector, bytes32(0), given));
        _log.anchor(given, "root", 1);
    }

    function _anchorVector(uint256 index) private {
        string memory json = vm.readFile("test/vectors/typed_data.json");
        string memory place = string.concat(".heads[", vm.toString(index), "]");
        bytes32 previous = vm.parseJsonBytes32(json, string.concat(place, ".previous"));
        bytes32 root = vm.parseJsonBytes32(json, string.concat(place, ".root"));
        uint64 size = uint64(vm.parseJsonUint(json, string.concat(place, ".size")));
        bytes32 head = vm.parseJsonBytes32(json, string.concat(place, ".head"));

        vm.expectEmit(true, true, true, true, address(_log));
        emit Anchored(address(this), root, size, head);
        _log.anchor(previous, root, size);
        assertEq(_log.headOf(address(this)), head, "head");
    }
}
