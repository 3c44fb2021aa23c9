// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRecordToken} from "../interfaces/IRecordToken.sol";
import {ITitleRegistry} from "../interfaces/ITitleRegistry.sol";
import {Signed} from "./Signed.sol";
import {TitleTypes} from "./TitleTypes.sol";

/// @title The coded legal bases of a rectification. The codes are frozen.
library RectificationBasis {
    uint8 internal constant COURT_JUDGMENT = 1;
    uint8 internal constant OFFICE_DECISION = 2;
    uint8 internal constant ARBITRAL_AWARD = 3;
    uint8 internal constant AGREEMENT_OF_PARTIES = 4;
    uint8 internal constant CLERICAL_ERROR = 5;
    uint8 internal constant SUCCESSION = 6;
    uint8 internal constant INSOLVENCY = 7;
    uint8 internal constant LOST_KEY = 8;
}

/// @title How a record is put right without its holder: announced, delayed, signed by n of m, never erased.
abstract contract Rectifiers is ITitleRegistry, Signed {
    /// @dev Marks a rectification that was carried out or withdrawn, so that its signatures are spent.
    uint64 private constant _SETTLED = type(uint64).max;
    uint64 private constant _LONGEST_DELAY = 365 days;

    uint8 private immutable _RECTIFIERS;
    uint8 private immutable _THRESHOLD;
    uint64 private immutable _DELAY;

    mapping(address account => bool isRectifier) private _isRectifier;
    mapping(bytes32 digest => uint64 notBefore) private _notBefore;

    constructor(address[] memory rectifiers, uint8 threshold, uint64 delay) {
        if (threshold == 0 || threshold > rectifiers.length || rectifiers.length > type(uint8).max) {
            revert InvalidRectifiers();
        }
        if (delay == 0 || delay > _LONGEST_DELAY) revert InvalidRectifiers();
        for (uint256 i = 0; i < rectifiers.length; ++i) {
            if (rectifiers[i] == address(0) || _isRectifier[rectifiers[i]]) revert InvalidRectifiers();
            _isRectifier[rectifiers[i]] = true;
        }
        _RECTIFIERS = uint8(rectifiers.length);
        _THRESHOLD = threshold;
        _DELAY = delay;
    }

    /// @inheritdoc ITitleRegistry
    function proposeRectification(Rectification calldata rectification, address rectifier, bytes calldata signature)
        external
    {
        _checkDeadline(rectification.deadline);
        address holder = _holderOf(rectification.title);
        if (holder == address(0)) revert IRecordToken.UnknownToken(rectification.title);
        if (rectification.to == address(0)) revert InvalidRecipient(rectification.to);
        if (
            rectification.basis < RectificationBasis.COURT_JUDGMENT || rectification.basis > RectificationBasis.LOST_KEY
        ) {
            revert InvalidBasis(rectification.basis);
        }
        bytes32 digest = digestOf(rectification);
        if (_notBefore[digest] != 0) revert RectificationExists(digest);
        if (!_isRectifier[rectifier]) revert NotARectifier(rectifier);
        _checkSignature(rectifier, digest, signature);

        uint64 notBefore = uint64(block.timestamp) + _DELAY;
        _notBefore[digest] = notBefore;
        emit RectificationProposed(
            rectification.title,
            holder,
            rectification.to,
            rectification.basis,
            rectification.document,
            notBefore,
            digest
        );
    }

    /// @inheritdoc ITitleRegistry
    function rectify(Rectification calldata rectification, address[] calldata signers, bytes[] calldata signatures)
        external
    {
        _checkDeadline(rectification.deadline);
        bytes32 digest = digestOf(rectification);
        uint64 notBefore = _openProposal(digest);
        if (block.timestamp < notBefore) revert TooEarly(notBefore);
        _checkThreshold(digest, signers, signatures);

        _notBefore[digest] = _SETTLED;
        address original = _applyRectification(rectification);
        emit Rectified(
            rectification.title, original, rectification.to, rectification.basis, rectification.document, digest
        );
    }

    /// @inheritdoc ITitleRegistry
    function withdrawRectification(
        Withdrawal calldata withdrawal,
        address[] calldata signers,
        bytes[] calldata signatures
    ) external {
        _checkDeadline(withdrawal.deadline);
        _openProposal(withdrawal.rectification);
        _checkThreshold(digestOf(withdrawal), signers, signatures);

        _notBefore[withdrawal.rectification] = _SETTLED;
        emit RectificationWithdrawn(withdrawal.rectification);
    }

    /// @inheritdoc ITitleRegistry
    function isRectifier(address account) external view returns (bool) {
        return _isRectifier[account];
    }

    /// @inheritdoc ITitleRegistry
    function rectificationRule() external view returns (uint8 rectifiers, uint8 threshold, uint64 delay) {
        return (_RECTIFIERS, _THRESHOLD, _DELAY);
    }

    /// @inheritdoc ITitleRegistry
    function notBeforeOf(bytes32 digest) external view returns (uint64 notBefore) {
        return _notBefore[digest];
    }

    /// @inheritdoc ITitleRegistry
    function digestOf(Rectification calldata rectification) public view returns (bytes32 digest) {
        return _typedDigest(TitleTypes.hash(rectification));
    }

    /// @inheritdoc ITitleRegistry
    function digestOf(Withdrawal calldata withdrawal) public view returns (bytes32 digest) {
        return _typedDigest(TitleTypes.hash(withdrawal));
    }

    /// @dev Writes the record and returns the holder before.
    function _applyRectification(Rectification calldata rectification) internal virtual returns (address original);

    /// @dev The holder in the record, zero if there is none.
    function _holderOf(uint256 title) internal view virtual returns (address);

    function _openProposal(bytes32 digest) private view returns (uint64 notBefore) {
        notBefore = _notBefore[digest];
        if (notBefore == 0 || notBefore == _SETTLED) revert RectificationNotOpen(digest);
    }

    /// @dev Ascending order makes the signers distinct.
    function _checkThreshold(bytes32 digest, address[] calldata signers, bytes[] calldata signatures) private view {
        if (signers.length < _THRESHOLD || signers.length != signatures.length) revert InvalidSigners();
        address previous = address(0);
        for (uint256 i = 0; i < signers.length; ++i) {
            address signer = signers[i];
            if (signer <= previous) revert InvalidSigners();
            if (!_isRectifier[signer]) revert NotARectifier(signer);
            _checkSignature(signer, digest, signatures[i]);
            previous = signer;
        }
    }
}
