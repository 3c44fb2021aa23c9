// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRecordToken} from "./IRecordToken.sol";
import {ISigned} from "./ISigned.sol";

/// @title The record of licences: one token for each grant.
/// @notice The id of a licence is its grant commitment, a salted hash of the terms. A *sealed* grant says nothing more than
/// which titles, a fresh holder address and a status. A *published* grant (notice of grant) also carries its exclusivity
/// and dates.
///
/// The *licensor* of a licence is the present administrative holder of its lead title (the first one it names); the
/// licensor of a sublicence is the present holder of the parent licence. A sublicence ends with its parent, unless it
/// survives: then the holder of the lead title is its licensor.
///
/// Every act is signed: the grant by licensor and licensee, a transfer as the transfer rule says, a change of status by
/// the licensor or by the authority that both parties named in the grant. The licensee may surrender.
interface ILicenceRegistry is IRecordToken, ISigned {
    /// @notice What licensor and licensee both sign.
    /// @param commitment the grant commitment; as a number, the id of the licence
    /// @param titles one to 64 different titles of one holder, the lead title first; for a sublicence either the parent's
    /// lead title alone or the parent's list as it is
    /// @param parent the licence under which this is a sublicence, zero if none
    /// @param holder the licensee
    /// @param authority who else may change the status, zero for nobody
    /// @param transferRule 0 no, 1 with the licensor's consent, 2 free
    /// @param survives whether a sublicence survives the termination of its parent
    /// @param exclusivity 0 sealed, 1 exclusive, 2 sole, 3 co-exclusive, 4 non-exclusive
    /// @param start Unix seconds, zero if sealed
    /// @param end the first second after the term, zero if sealed or without end
    /// @param deadline the last second at which it may be recorded
    struct Grant {
        bytes32 commitment;
        uint256[] titles;
        uint256 parent;
        address holder;
        address authority;
        uint8 transferRule;
        bool survives;
        uint8 exclusivity;
        uint64 start;
        uint64 end;
        uint64 deadline;
    }

    /// @notice A change of holder, signed by the holder and, if the rule is 1, by the licensor too.
    /// @param licence the licence
    /// @param title the licence's lead title
    /// @param to the new holder
    /// @param document the salted commitment of the instrument, zero if none
    /// @param nonce the licence's present nonce
    /// @param deadline the last second at which it may be recorded
    struct LicenceTransfer {
        uint256 licence;
        uint256 title;
        address to;
        bytes32 document;
        uint64 nonce;
        uint64 deadline;
    }

    /// @notice A change of status.
    /// @param licence the licence
    /// @param title the licence's lead title
    /// @param action 1 suspend, 2 resume, 3 terminate, 4 convert, 5 renew; must fit the function that is called
    /// @param reason the coded reason, 1 to 14, see LicenceCode
    /// @param document the salted commitment of the notice, zero if none
    /// @param end the new end for the renewal of a published grant, else zero
    /// @param nonce the licence's present nonce
    /// @param deadline the last second at which it may be recorded
    struct StatusChange {
        uint256 licence;
        uint256 title;
        uint8 action;
        uint8 reason;
        bytes32 document;
        uint64 end;
        uint64 nonce;
        uint64 deadline;
    }

    /// @notice A licence with this commitment is recorded already.
    error GrantExists(uint256 licence);

    /// @notice The commitment is zero.
    error ZeroCommitment();

    /// @notice No titles, more than 64, one of them twice, or for a sublicence not those of its parent.
    error InvalidTitles();

    /// @notice The title's holder is not the holder of the lead title.
    error NotCommonHolder(uint256 title);

    /// @notice The transfer rule or the exclusivity has no such code, or the end is not after the start.
    error InvalidTerms();

    /// @notice The parent licence is not active.
    error ParentNotActive(uint256 parent);

    /// @notice There would be more than eight tiers of sublicences.
    error TooManyTiers();

    /// @notice The title is not the licence's lead title.
    error NotLeadTitle(uint256 title);

    /// @notice The terms allow no transfer, or more than 64,535 acts were recorded.
    error TransferForbidden();

    /// @notice The receiver is zero or the holder itself.
    error InvalidRecipient(address to);

    /// @notice The nonce is not the licence's present nonce.
    error StaleNonce(uint64 expected, uint64 given);

    /// @notice The signed action is not the one called.
    error WrongAction(uint8 expected, uint8 given);

    /// @notice The reason has no such code.
    error InvalidReason(uint8 reason);

    /// @notice The licence's present status does not allow this.
    error WrongStatus(uint8 status);

    /// @notice The signer is neither the licensor nor the authority (nor, to surrender, the holder).
    error NotEntitled(address signer);

    /// @notice The new end is not later than the present one, or a sealed grant was given an end.
    error InvalidEnd(uint64 end);

    /// @notice A licence was granted.
    event Granted(
        uint256 indexed licence,
        address indexed holder,
        uint256 parent,
        uint256[] titles,
        address authority,
        uint8 transferRule,
        bool survives,
        uint8 exclusivity,
        uint64 start,
        uint64 end
    );

    /// @notice A licence changed hands.
    event LicenceTransferred(
        uint256 indexed licence, address indexed from, address indexed to, bytes32 document, uint64 nonce
    );

    /// @notice A licence was suspended.
    event Suspended(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce);

    /// @notice A suspended licence was resumed.
    event Resumed(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce);

    /// @notice A licence was terminated, for ever.
    event Terminated(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce);

    /// @notice A licence became non-exclusive by its own terms.
    event Converted(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce);

    /// @notice A licence was renewed; `end` is zero for a sealed grant.
    event Renewed(
        uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce, uint64 end
    );

    /// @notice Records a grant signed by licensor and licensee.
    /// @dev Reverts with {DeadlinePassed}, {ZeroCommitment}, {GrantExists}, {InvalidTerms}, {InvalidTitles},
    /// {NotCommonHolder}, {ParentNotActive}, {TooManyTiers}, {UnknownToken} or {BadSignature}.
    function grant(Grant calldata granted, bytes calldata licensorSignature, bytes calldata licenseeSignature) external;

    /// @notice Records a change of holder.
    /// @dev Reverts with {DeadlinePassed}, {UnknownToken}, {StaleNonce}, {WrongStatus}, {TransferForbidden},
    /// {InvalidRecipient}, {NotLeadTitle} or {BadSignature}.
    /// @param licensorSignature empty where the rule is 2 (free)
    function transfer(LicenceTransfer calldata change, bytes calldata holderSignature, bytes calldata licensorSignature)
        external;

    /// @notice Suspends an active licence.
    /// @dev This and the four below revert with {DeadlinePassed}, {UnknownToken}, {StaleNonce}, {WrongAction},
    /// {InvalidReason}, {WrongStatus}, {NotLeadTitle}, {NotEntitled}, {InvalidEnd} or {BadSignature}.
    /// @param signer the licensor or the authority
    function suspend(StatusChange calldata change, address signer, bytes calldata signature) external;

    /// @notice Ends a suspension.
    /// @param signer the licensor or the authority
    function resume(StatusChange calldata change, address signer, bytes calldata signature) external;

    /// @notice Terminates a licence for ever.
    /// @param signer the licensor or the authority; for the reason 11 (surrender) the holder
    function terminate(StatusChange calldata change, address signer, bytes calldata signature) external;

    /// @notice Makes an exclusive licence non-exclusive; it stays in force.
    /// @param signer the licensor or the authority
    function convert(StatusChange calldata change, address signer, bytes calldata signature) external;

    /// @notice Prolongs a licence. A sealed grant keeps its dates sealed (end zero).
    /// @param signer the licensor or the authority
    function renew(StatusChange calldata change, address signer, bytes calldata signature) external;

    /// @notice Whether the licence, and what it hangs on, is in force in this block.
    function isActive(uint256 licence) external view returns (bool active);

    /// @notice The status in this block, what it hangs on included: 0 none, 1 active, 2 suspended, 3 terminated,
    /// 4 converted and active, 5 expired, 6 not begun.
    function statusOf(uint256 licence) external view returns (uint8 status);

    /// @notice The present licensor.
    /// @param title the licence's lead title
    function licensorOf(uint256 licence, uint256 title) external view returns (address licensor);

    /// @notice The parent licence, zero if none.
    function parentOf(uint256 licence) external view returns (uint256 parent);

    /// @notice Who else may change the status, zero for nobody.
    function authorityOf(uint256 licence) external view returns (address authority);

    /// @notice The published term; all zero if sealed.
    function termOf(uint256 licence) external view returns (uint64 start, uint64 end, uint8 exclusivity);

    /// @notice What the grant said about transfer and survival.
    function rulesOf(uint256 licence) external view returns (uint8 transferRule, bool survives);

    /// @notice The licence's present nonce: the number of acts after the grant.
    function nonceOf(uint256 licence) external view returns (uint64 nonce);

    /// @notice The chain of all grants under a title: SHA-256("ipx/granthead/v1" ‖ 0x00 ‖ previous ‖ commitment).
    function grantHeadOf(uint256 title) external view returns (bytes32 head);

    /// @notice The registry in which titles are held.
    function titleRegistry() external view returns (address registry);

    /// @notice The EIP-712 digest to be signed.
    function digestOf(Grant calldata granted) external view returns (bytes32 digest);

    /// @notice The EIP-712 digest to be signed.
    function digestOf(LicenceTransfer calldata change) external view returns (bytes32 digest);

    /// @notice The EIP-712 digest to be signed.
    function digestOf(StatusChange calldata change) external view returns (bytes32 digest);
}
