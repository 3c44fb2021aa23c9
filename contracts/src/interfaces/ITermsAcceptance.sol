// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ISigned} from "./ISigned.sol";

/// @title The public trace that terms (an NDA, an express licence) were accepted.
/// @notice Keeps nothing: it checks the signature and writes an event. The same acceptance may be sent again; it has the
/// same digest, and readers count a digest once. Sending again can neither change nor withdraw anything.
interface ITermsAcceptance is ISigned {
    /// @notice What the signer signs.
    /// @param signer the account that accepts
    /// @param terms the salted commitment of the terms
    /// @param subject the salted commitment of what they are about, zero if nothing
    /// @param deadline the last second at which the acceptance may be logged
    struct Acceptance {
        address signer;
        bytes32 terms;
        bytes32 subject;
        uint64 deadline;
    }

    /// @notice Terms were accepted.
    /// @param signer the account that accepted
    /// @param terms the salted commitment of the terms
    /// @param subject the salted commitment of what they are about
    /// @param digest the EIP-712 digest that was signed, which names this acceptance
    event Accepted(address indexed signer, bytes32 indexed terms, bytes32 subject, bytes32 digest);

    /// @notice Logs an acceptance. Reverts with {DeadlinePassed} or {BadSignature}.
    function accept(Acceptance calldata acceptance, bytes calldata signature) external;

    /// @notice The EIP-712 digest to be signed.
    function digestOf(Acceptance calldata acceptance) external view returns (bytes32 digest);
}
