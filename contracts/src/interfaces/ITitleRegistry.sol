// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRecordToken} from "./IRecordToken.sol";
import {ISigned} from "./ISigned.sol";

/// @title The administrative record of title: one token for each right (a patent or an application in one office,
/// a know-how package, a software work).
/// @notice The owner of the token is the *administrative holder*. A record here transfers nothing by itself and is no
/// recordation at a patent office. Shares in a right are not stored: they are derived from the events in their order.
///
/// Who signs: the administrative holder signs {register}, {convey} and {substantiate}. Somebody who was given a share or
/// another interest by an earlier conveyance of the same title is a *party* of it, and signs {conveyInterest}, which never
/// moves the token: a share is conveyed by who was given a share, a release is given by who was given another interest (the
/// secured party), so a holder cannot release a lien upon itself and a licensee cannot convey a share.
/// The contract does no arithmetic of shares; a reader must flag an assignor who conveys more than it had.
///
/// Nobody can move a title in silence: the only way around the holder's signature is {rectify}, by a threshold of
/// rectifiers fixed at deployment, announced in public for a delay fixed at deployment, with a coded legal basis, and
/// nothing is erased by it.
interface ITitleRegistry is IRecordToken, ISigned {
    /// @notice The first record of a right.
    /// @param holder who signs and becomes the administrative holder
    /// @param title the id; made from a salt, so that it says nothing and nobody can claim it before it is seen
    /// @param evidence 0 declared, 1 instrument attached, 2 matches the office's record
    /// @param document the salted commitment of the evidence, zero if none
    /// @param deadline the last second at which it may be recorded
    struct Registration {
        address holder;
        uint256 title;
        uint8 evidence;
        bytes32 document;
        uint64 deadline;
    }

    /// @notice A conveyance, by the administrative holder or a party.
    /// @param title the title
    /// @param to who receives
    /// @param kind the coded kind, 1 to 12, see ConveyanceKind
    /// @param shareBps the share of the right in basis points; 10000 from the holder is all that it holds
    /// @param executed the date of the instrument, Unix seconds
    /// @param document the salted commitment of the instrument, zero if none
    /// @param nonce the title's present nonce
    /// @param deadline the last second at which it may be recorded
    struct Conveyance {
        uint256 title;
        address to;
        uint8 kind;
        uint16 shareBps;
        uint64 executed;
        bytes32 document;
        uint64 nonce;
        uint64 deadline;
    }

    /// @notice Better evidence for the present holder's record.
    struct Substantiation {
        uint256 title;
        uint8 evidence;
        bytes32 document;
        uint64 nonce;
        uint64 deadline;
    }

    /// @notice A correction of the record against or without its holder.
    /// @dev It names no nonce of the title, so a holder cannot escape by conveying again and again.
    /// @param title the title
    /// @param to the holder that the record should name; the present one for a mere note
    /// @param basis the coded legal basis, 1 to 8, see RectificationBasis
    /// @param document the salted commitment of the judgment, decision or agreement
    /// @param nonce free choice; tells apart two rectifications that are otherwise the same
    /// @param deadline the last second at which it may be carried out
    struct Rectification {
        uint256 title;
        address to;
        uint8 basis;
        bytes32 document;
        uint64 nonce;
        uint64 deadline;
    }

    /// @notice The withdrawal of a proposed rectification.
    /// @param rectification the digest of the proposal
    /// @param deadline the last second at which it may be withdrawn
    struct Withdrawal {
        bytes32 rectification;
        uint64 deadline;
    }

    /// @notice The title is registered already.
    error TitleExists(uint256 title);

    /// @notice The nonce is not the title's present nonce.
    error StaleNonce(uint64 expected, uint64 given);

    /// @notice The kind has no such code, or may not be recorded by this signer.
    error InvalidKind(uint8 kind);

    /// @notice The share is not possible for this kind and signer.
    error InvalidShare(uint16 shareBps);

    /// @notice The receiver is zero, or is the giver where that makes no sense (a name change must name the giver).
    error InvalidRecipient(address to);

    /// @notice The account was never given a share or an interest in this title.
    error NotAParty(uint256 title, address account);

    /// @notice The level of evidence has no such code, or would be lower than now.
    error InvalidEvidence(uint8 evidence);

    /// @notice The rectifiers, threshold or delay given at deployment are not possible.
    error InvalidRectifiers();

    /// @notice The legal basis has no such code.
    error InvalidBasis(uint8 basis);

    /// @notice The account is no rectifier.
    error NotARectifier(address account);

    /// @notice There are fewer signers than the threshold, not as many signatures, or not in ascending order of address.
    error InvalidSigners();

    /// @notice The rectification was proposed, carried out or withdrawn before.
    error RectificationExists(bytes32 digest);

    /// @notice The rectification was not proposed, or is carried out or withdrawn already.
    error RectificationNotOpen(bytes32 digest);

    /// @notice The public delay is not over.
    error TooEarly(uint64 notBefore);

    /// @notice A right was recorded for the first time.
    event Registered(uint256 indexed title, address indexed holder, uint8 evidence, bytes32 document);

    /// @notice A conveyance was recorded. The token moved if and only if a Transfer event stands directly before it.
    event Conveyed(
        uint256 indexed title,
        address indexed from,
        address indexed to,
        uint8 kind,
        uint16 shareBps,
        uint64 executed,
        bytes32 document,
        uint64 nonce
    );

    /// @notice The evidence for the present record grew.
    event Substantiated(uint256 indexed title, uint8 evidence, bytes32 document);

    /// @notice A rectification was announced; it may be carried out from `notBefore` on.
    event RectificationProposed(
        uint256 indexed title,
        address indexed holder,
        address indexed to,
        uint8 basis,
        bytes32 document,
        uint64 notBefore,
        bytes32 digest
    );

    /// @notice A proposed rectification was withdrawn.
    event RectificationWithdrawn(bytes32 indexed digest);

    /// @notice The record was rectified.
    /// @param original the holder before, who stays in the history
    /// @param holder the holder now
    event Rectified(
        uint256 indexed title,
        address indexed original,
        address indexed holder,
        uint8 basis,
        bytes32 document,
        bytes32 digest
    );

    /// @notice Records a right for the first time, signed by its holder.
    /// @dev Reverts with {DeadlinePassed}, {TitleExists}, {InvalidEvidence} or {BadSignature}.
    function register(Registration calldata registration, bytes calldata signature) external;

    /// @notice Records a conveyance signed by the administrative holder. A share of 10000 of a kind that moves title
    /// (assignment, nunc pro tunc, merger, court order, correction, account change) moves the token.
    /// @dev Reverts with {DeadlinePassed}, {UnknownToken}, {StaleNonce}, {InvalidKind}, {InvalidShare},
    /// {InvalidRecipient} or {BadSignature}.
    function convey(Conveyance calldata conveyance, bytes calldata signature) external;

    /// @notice Records a conveyance of a share or interest signed by a party of the title. Never moves the token.
    /// @dev Reverts as {convey}, and with {NotAParty}.
    function conveyInterest(Conveyance calldata conveyance, address from, bytes calldata signature) external;

    /// @notice Raises the level of evidence, or repeats it with a newer document, signed by the administrative holder.
    /// @dev Reverts with {DeadlinePassed}, {UnknownToken}, {StaleNonce}, {InvalidEvidence} or {BadSignature}.
    function substantiate(Substantiation calldata substantiation, bytes calldata signature) external;

    /// @notice Announces a rectification, signed by one rectifier, and starts the public delay.
    /// @dev Reverts with {DeadlinePassed}, {UnknownToken}, {InvalidBasis}, {InvalidRecipient}, {NotARectifier},
    /// {RectificationExists} or {BadSignature}.
    function proposeRectification(Rectification calldata rectification, address rectifier, bytes calldata signature)
        external;

    /// @notice Carries out an announced rectification after the delay, signed by the threshold of rectifiers.
    /// @dev Reverts with {DeadlinePassed}, {RectificationNotOpen}, {TooEarly}, {InvalidSigners}, {NotARectifier} or
    /// {BadSignature}.
    /// @param signers distinct rectifiers in ascending order of address, as many as the threshold or more
    /// @param signatures one for each signer, over the digest of the rectification
    function rectify(Rectification calldata rectification, address[] calldata signers, bytes[] calldata signatures)
        external;

    /// @notice Withdraws an announced rectification, signed by the threshold of rectifiers.
    /// @dev Reverts as {rectify}.
    function withdrawRectification(
        Withdrawal calldata withdrawal,
        address[] calldata signers,
        bytes[] calldata signatures
    ) external;

    /// @notice The title's present nonce: the number of acts after its registration.
    function nonceOf(uint256 title) external view returns (uint64 nonce);

    /// @notice The level of evidence for the present holder's record.
    function evidenceOf(uint256 title) external view returns (uint8 evidence);

    /// @notice The holder and the title's number. Other registries keep the number (32 bits) instead of the id.
    function recordOf(uint256 title) external view returns (address holder, uint32 number);

    /// @notice Whether an earlier conveyance gave this account a share or an interest in the title.
    function isParty(uint256 title, address account) external view returns (bool);

    /// @notice What earlier conveyances gave this account: 0 nothing, 1 a share, 2 another interest, 3 both.
    function interestOf(uint256 title, address account) external view returns (uint8 mark);

    /// @notice Whether this account is one of the rectifiers.
    function isRectifier(address account) external view returns (bool);

    /// @notice How rectifications are decided, fixed for ever at deployment.
    function rectificationRule() external view returns (uint8 rectifiers, uint8 threshold, uint64 delay);

    /// @notice From when a rectification may be carried out; zero if not proposed, the maximum if settled.
    function notBeforeOf(bytes32 digest) external view returns (uint64 notBefore);

    /// @notice The EIP-712 digest to be signed.
    function digestOf(Registration calldata registration) external view returns (bytes32 digest);

    /// @notice The EIP-712 digest to be signed.
    function digestOf(Conveyance calldata conveyance) external view returns (bytes32 digest);

    /// @notice The EIP-712 digest to be signed.
    function digestOf(Substantiation calldata substantiation) external view returns (bytes32 digest);

    /// @notice The EIP-712 digest to be signed.
    function digestOf(Rectification calldata rectification) external view returns (bytes32 digest);

    /// @notice The EIP-712 digest to be signed.
    function digestOf(Withdrawal calldata withdrawal) external view returns (bytes32 digest);
}
