// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitleRegistry} from "./interfaces/ITitleRegistry.sol";
import {ConveyanceKind} from "./lib/ConveyanceKind.sol";
import {RecordToken} from "./lib/RecordToken.sol";
import {Rectifiers} from "./lib/Rectifiers.sol";
import {Signed} from "./lib/Signed.sol";
import {TitleTypes} from "./lib/TitleTypes.sol";

/// @title TitleRegistry
/// @dev One packed slot for each title, one for each holder's count, one for a party that is new to a title.
contract TitleRegistry is ITitleRegistry, RecordToken, Rectifiers {
    struct Title {
        address holder;
        uint32 number;
        uint48 nonce;
        uint8 evidence;
    }

    uint8 private constant _DECLARED = 0;
    uint8 private constant _INSTRUMENT_ATTACHED = 1;
    uint8 private constant _MATCHES_OFFICE = 2;

    mapping(uint256 title => Title record) private _titles;
    mapping(uint256 title => mapping(address account => uint8 mark)) private _parties;
    uint32 private _count;

    /// @param rectifiers_ distinct accounts, none of them zero; fixed for ever
    /// @param threshold how many of them must sign, at least one
    /// @param delay seconds between announcement and rectification, one to those of 365 days
    constructor(address[] memory rectifiers_, uint8 threshold, uint64 delay)
        Rectifiers(rectifiers_, threshold, delay)
    {}

    /// @inheritdoc ITitleRegistry
    function register(Registration calldata registration, bytes calldata signature) external {
        _checkDeadline(registration.deadline);
        uint256 title = registration.title;
        address holder = registration.holder;
        if (_titles[title].holder != address(0)) revert TitleExists(title);
        if (registration.evidence > _MATCHES_OFFICE) revert InvalidEvidence(registration.evidence);
        _checkSignature(holder, digestOf(registration), signature);

        uint32 number = ++_count;
        _titles[title] = Title({holder: holder, number: number, nonce: 0, evidence: registration.evidence});
        _countNew(holder, title);
        emit Registered(title, holder, registration.evidence, registration.document);
    }

    /// @inheritdoc ITitleRegistry
    function convey(Conveyance calldata conveyance, bytes calldata signature) external {
        Title memory record = _open(conveyance.title, conveyance.nonce, conveyance.deadline);
        address from = record.holder;
        uint8 kind = conveyance.kind;
        if (!ConveyanceKind.isKnown(kind) || kind == ConveyanceKind.RELEASE) revert InvalidKind(kind);
        if (!ConveyanceKind.allowsHolderShare(kind, conveyance.shareBps)) revert InvalidShare(conveyance.shareBps);
        if (!ConveyanceKind.allowsRecipient(kind, from, conveyance.to)) revert InvalidRecipient(conveyance.to);
        _checkSignature(from, digestOf(conveyance), signature);

        record.nonce += 1;
        if (conveyance.to != from && ConveyanceKind.movesToken(kind, conveyance.shareBps)) {
            // Another person's record starts with the evidence that came with it; another account of the same keeps it.
            if (kind != ConveyanceKind.ACCOUNT_CHANGE) record.evidence = _evidenceBy(conveyance.document);
            record.holder = conveyance.to;
            _titles[conveyance.title] = record;
            _countMoved(from, conveyance.to, conveyance.title);
        } else {
            _titles[conveyance.title] = record;
            if (conveyance.to != from) _mark(conveyance, ConveyanceKind.HOLDS_NOTHING);
        }
        _emitConveyed(conveyance, from);
    }

    /// @inheritdoc ITitleRegistry
    function conveyInterest(Conveyance calldata conveyance, address from, bytes calldata signature) external {
        Title memory record = _open(conveyance.title, conveyance.nonce, conveyance.deadline);
        uint8 kind = conveyance.kind;
        uint8 mark = _parties[conveyance.title][from];
        if (mark == ConveyanceKind.HOLDS_NOTHING) revert NotAParty(conveyance.title, from);
        if (!ConveyanceKind.isKnown(kind) || !ConveyanceKind.allowsParty(kind, mark)) revert InvalidKind(kind);
        if (!ConveyanceKind.allowsPartyShare(kind, conveyance.shareBps)) revert InvalidShare(conveyance.shareBps);
        if (!ConveyanceKind.allowsRecipient(kind, from, conveyance.to)) revert InvalidRecipient(conveyance.to);
        _checkSignature(from, digestOf(conveyance), signature);

        _titles[conveyance.title].nonce = record.nonce + 1;
        if (conveyance.to != from && conveyance.to != record.holder) _mark(conveyance, mark);
        _emitConveyed(conveyance, from);
    }

    /// @inheritdoc ITitleRegistry
    function substantiate(Substantiation calldata substantiation, bytes calldata signature) external {
        Title memory record = _open(substantiation.title, substantiation.nonce, substantiation.deadline);
        uint8 evidence = substantiation.evidence;
        if (evidence < record.evidence || evidence == _DECLARED || evidence > _MATCHES_OFFICE) {
            revert InvalidEvidence(evidence);
        }
        _checkSignature(record.holder, digestOf(substantiation), signature);

        record.nonce += 1;
        record.evidence = evidence;
        _titles[substantiation.title] = record;
        emit Substantiated(substantiation.title, evidence, substantiation.document);
    }

    /// @inheritdoc ITitleRegistry
    function nonceOf(uint256 title) external view returns (uint64 nonce) {
        return _titles[title].nonce;
    }

    /// @inheritdoc ITitleRegistry
    function evidenceOf(uint256 title) external view returns (uint8 evidence) {
        return _titles[title].evidence;
    }

    /// @inheritdoc ITitleRegistry
    function recordOf(uint256 title) external view returns (address holder, uint32 number) {
        Title memory record = _titles[title];
        if (record.holder == address(0)) revert UnknownToken(title);
        return (record.holder, record.number);
    }

    /// @inheritdoc ITitleRegistry
    function isParty(uint256 title, address account) external view returns (bool) {
        return _parties[title][account] != ConveyanceKind.HOLDS_NOTHING;
    }

    /// @inheritdoc ITitleRegistry
    function interestOf(uint256 title, address account) external view returns (uint8 mark) {
        return _parties[title][account];
    }

    /// @inheritdoc ITitleRegistry
    function digestOf(Registration calldata registration) public view returns (bytes32 digest) {
        return _typedDigest(TitleTypes.hash(registration));
    }

    /// @inheritdoc ITitleRegistry
    function digestOf(Conveyance calldata conveyance) public view returns (bytes32 digest) {
        return _typedDigest(TitleTypes.hash(conveyance));
    }

    /// @inheritdoc ITitleRegistry
    function digestOf(Substantiation calldata substantiation) public view returns (bytes32 digest) {
        return _typedDigest(TitleTypes.hash(substantiation));
    }

    /// @inheritdoc Rectifiers
    function _applyRectification(Rectification calldata rectification) internal override returns (address original) {
        uint256 title = rectification.title;
        Title memory record = _titles[title];
        original = record.holder;
        record.nonce += 1;
        record.evidence = _evidenceBy(rectification.document);
        record.holder = rectification.to;
        _titles[title] = record;
        if (rectification.to != original) _countMoved(original, rectification.to, title);
    }

    /// @inheritdoc RecordToken
    function _holderOf(uint256 id) internal view override(RecordToken, Rectifiers) returns (address) {
        return _titles[id].holder;
    }

    /// @inheritdoc Signed
    function _domainName() internal pure override returns (string memory) {
        return "IPX TitleRegistry";
    }

    /// @dev What every act on an existing title checks first.
    function _open(uint256 title, uint64 nonce, uint64 deadline) private view returns (Title memory record) {
        _checkDeadline(deadline);
        record = _titles[title];
        if (record.holder == address(0)) revert UnknownToken(title);
        if (nonce != record.nonce) revert StaleNonce(record.nonce, nonce);
    }

    /// @dev Marks the receiver as a party. A mark stays: the contract does not know what is left of a share.
    function _mark(Conveyance calldata conveyance, uint8 markOfGiver) private {
        uint8 given = ConveyanceKind.markGiven(conveyance.kind, markOfGiver);
        uint8 present = _parties[conveyance.title][conveyance.to];
        if (present | given != present) _parties[conveyance.title][conveyance.to] = present | given;
    }

    function _evidenceBy(bytes32 document) private pure returns (uint8) {
        return document == bytes32(0) ? _DECLARED : _INSTRUMENT_ATTACHED;
    }

    function _emitConveyed(Conveyance calldata conveyance, address from) private {
        emit Conveyed(
            conveyance.title,
            from,
            conveyance.to,
            conveyance.kind,
            conveyance.shareBps,
            conveyance.executed,
            conveyance.document,
            conveyance.nonce
        );
    }
}
