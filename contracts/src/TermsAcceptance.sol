// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITermsAcceptance} from "./interfaces/ITermsAcceptance.sol";
import {Signed} from "./lib/Signed.sol";

/// @title TermsAcceptance
/// @dev No storage at all.
contract TermsAcceptance is ITermsAcceptance, Signed {
    bytes32 private constant _ACCEPTANCE_TYPE =
        keccak256("Acceptance(address signer,bytes32 terms,bytes32 subject,uint64 deadline)");

    /// @inheritdoc ITermsAcceptance
    function accept(Acceptance calldata acceptance, bytes calldata signature) external {
        _checkDeadline(acceptance.deadline);
        bytes32 digest = digestOf(acceptance);
        _checkSignature(acceptance.signer, digest, signature);
        emit Accepted(acceptance.signer, acceptance.terms, acceptance.subject, digest);
    }

    /// @inheritdoc ITermsAcceptance
    function digestOf(Acceptance calldata acceptance) public view returns (bytes32 digest) {
        return _typedDigest(
            keccak256(
                abi.encode(
                    _ACCEPTANCE_TYPE, acceptance.signer, acceptance.terms, acceptance.subject, acceptance.deadline
                )
            )
        );
    }

    function _domainName() internal pure override returns (string memory) {
        return "IPX TermsAcceptance";
    }
}
