// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {TermsAcceptance} from "../../src/TermsAcceptance.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {ITermsAcceptance} from "../../src/interfaces/ITermsAcceptance.sol";
import {Test} from "../support/Test.sol";
import {NoWallet, Wallet, WritingWallet} from "../support/Wallets.sol";

contract TermsAcceptanceTest is Test {
    event Accepted(address indexed signer, bytes32 indexed terms, bytes32 subject, bytes32 digest);

    TermsAcceptance private _terms = new TermsAcceptance();

    function test_accept_whenSigned_logsTheDigest() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        bytes32 digest = _terms.digestOf(a);
        vm.expectEmit(true, true, true, true, address(_terms));
        emit Accepted(a.signer, a.terms, a.subject, digest);
        _terms.accept(a, signedBy("signer", digest));
    }

    function test_accept_whenSentTwice_logsTheSameDigestAndWritesNothing() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        bytes32 digest = _terms.digestOf(a);
        bytes memory signature = signedBy("signer", digest);
        vm.startStateDiffRecording();
        _terms.accept(a, signature);
        vm.expectEmit(true, true, true, true, address(_terms));
        emit Accepted(a.signer, a.terms, a.subject, digest);
        _terms.accept(a, signature);
        (, uint256 changed) = slotsWritten();
        assertEq(changed, 0, "changed slots");
    }

    function test_accept_inTheLastSecond_isLogged() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        bytes memory signature = signedBy("signer", _terms.digestOf(a));
        vm.warp(a.deadline);
        _terms.accept(a, signature);
        vm.warp(a.deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ISigned.DeadlinePassed.selector));
        _terms.accept(a, signature);
    }

    function test_accept_whenSignedByAnother_reverts() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        _refused(a, signedBy("another", _terms.digestOf(a)));
    }

    function test_accept_whenTheSignatureIsMalleated_reverts() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        _refused(a, malleated(signedBy("signer", _terms.digestOf(a))));
    }

    function test_accept_whenTheSignatureHasAnotherLength_reverts() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        _refused(a, "");
        _refused(a, bytes.concat(signedBy("signer", _terms.digestOf(a)), hex"00"));
    }

    function test_accept_whenTheSignerIsZero_reverts() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(address(0));
        _refused(a, new bytes(65));
    }

    function test_accept_whenAContractWalletAgrees_isLogged() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(address(new Wallet(accountOf("signer"))));
        _terms.accept(a, signedBy("signer", _terms.digestOf(a)));
    }

    function test_accept_whenAContractWalletDisagrees_reverts() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(address(new Wallet(accountOf("signer"))));
        _refused(a, signedBy("another", _terms.digestOf(a)));
    }

    function test_accept_whenAWalletWritesOrIsNone_reverts() public {
        WritingWallet wallet = new WritingWallet();
        _refused(_acceptanceOf(address(wallet)), new bytes(65));
        assertEq(wallet.asked(), 0, "nothing was written");
        _refused(_acceptanceOf(address(new NoWallet())), new bytes(65));
    }

    function test_accept_whenAnAccountHasDelegatedCode_itsKeyStillSigns() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        vm.etch(a.signer, address(new NoWallet()).code);
        _terms.accept(a, signedBy("signer", _terms.digestOf(a)));
    }

    function test_digestOf_whenTheChainSplits_followsTheChainId() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        bytes32 before = _terms.digestOf(a);
        bytes memory signature = signedBy("signer", before);
        vm.chainId(31338);
        assertTrue(_terms.digestOf(a) != before, "another digest");
        _refused(a, signature);
        vm.chainId(31337);
        assertEq(_terms.digestOf(a), before, "the old digest on the old chain");
    }

    function test_digestOf_whenAnotherDeployment_differs() public {
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        assertTrue(new TermsAcceptance().digestOf(a) != _terms.digestOf(a), "bound to the contract");
    }

    function test_eip712Domain_always_saysWhatIsHashed() public view {
        (bytes1 fields, string memory name, string memory version, uint256 chainId, address self,,) =
            _terms.eip712Domain();
        assertEq(uint8(fields), 0x0f, "fields");
        assertEq(keccak256(bytes(name)), keccak256("IPX TermsAcceptance"), "name");
        assertEq(keccak256(bytes(version)), keccak256("1"), "version");
        assertEq(chainId, block.chainid, "chain");
        assertEq(self, address(_terms), "contract");
    }

    function testFuzz_accept_whenAnythingElseWasSigned_reverts(bytes32 terms, bytes32 subject, uint64 deadline) public {
        vm.assume(deadline >= block.timestamp);
        ITermsAcceptance.Acceptance memory a = _acceptanceOf(accountOf("signer"));
        bytes memory signature = signedBy("signer", _terms.digestOf(a));
        vm.assume(terms != a.terms || subject != a.subject || deadline != a.deadline);
        a.terms = terms;
        a.subject = subject;
        a.deadline = deadline;
        _refused(a, signature);
    }

    function _refused(ITermsAcceptance.Acceptance memory a, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(ISigned.BadSignature.selector));
        _terms.accept(a, signature);
    }

    function _acceptanceOf(address signer) private pure returns (ITermsAcceptance.Acceptance memory) {
        return ITermsAcceptance.Acceptance({signer: signer, terms: "terms", subject: "subject", deadline: 1000});
    }
}
