// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicenceRegistry} from "./interfaces/ILicenceRegistry.sol";
import {LicenceCode} from "./lib/LicenceCode.sol";
import {LicenceRecords} from "./lib/LicenceRecords.sol";
import {LicenceTypes} from "./lib/LicenceTypes.sol";

/// @title LicenceRegistry
/// @dev The acts. What they write, and how it is packed, is in LicenceRecords.
contract LicenceRegistry is LicenceRecords {
    uint256 private constant _MOST_TITLES = 64;
    uint256 private constant _MOST_TIERS = 8;
    /// @dev The last nonces are kept for changes of status: a holder who may transfer freely could otherwise use them all
    /// up by transfers between its own accounts, and nobody could terminate the licence any more.
    uint256 private constant _MOST_TRANSFERS = type(uint16).max - 1000;

    /// @param titleRegistry_ where the titles are held; fixed for ever
    constructor(address titleRegistry_) LicenceRecords(titleRegistry_) {}

    /// @inheritdoc ILicenceRegistry
    function grant(Grant calldata granted, bytes calldata licensorSignature, bytes calldata licenseeSignature)
        external
    {
        _checkDeadline(granted.deadline);
        _checkTerms(granted);
        (address licensor, uint32 lead) = granted.parent == 0 ? _commonHolder(granted.titles) : _sublicensor(granted);
        bytes32 digest = digestOf(granted);
        _checkSignature(licensor, digest, licensorSignature);
        _checkSignature(granted.holder, digest, licenseeSignature);

        _write(granted, lead);
        for (uint256 i = 0; i < granted.titles.length; ++i) {
            _chain(granted.titles[i], granted.commitment);
        }
        _countNew(granted.holder, uint256(granted.commitment));
        _emitGranted(granted);
    }

    /// @inheritdoc ILicenceRegistry
    function transfer(LicenceTransfer calldata change, bytes calldata holderSignature, bytes calldata licensorSignature)
        external
    {
        Licence memory record = _open(change.licence, change.nonce, change.deadline);
        address from = record.holder;
        uint8 status = _statusNow(change.licence, record);
        if (!LicenceCode.isInForce(status) && status != LicenceCode.NOT_BEGUN) revert WrongStatus(status);
        uint8 rule = _transferRule(record);
        if (rule == LicenceCode.TRANSFER_NO || change.nonce >= _MOST_TRANSFERS) revert TransferForbidden();
        if (change.to == address(0) || change.to == from) revert InvalidRecipient(change.to);
        address licensor = _licensor(change.licence, record, change.title);
        bytes32 digest = digestOf(change);
        _checkSignature(from, digest, holderSignature);
        if (rule == LicenceCode.TRANSFER_WITH_CONSENT) _checkSignature(licensor, digest, licensorSignature);

        record.holder = change.to;
        _writeNext(change.licence, record);
        _countMoved(from, change.to, change.licence);
        emit LicenceTransferred(change.licence, from, change.to, change.document, change.nonce);
    }

    /// @inheritdoc ILicenceRegistry
    function suspend(StatusChange calldata change, address signer, bytes calldata signature) external {
        Licence memory record = _authorised(change, LicenceCode.SUSPEND, signer, signature);
        if (record.status != LicenceCode.ACTIVE) revert WrongStatus(record.status);
        record.status = LicenceCode.SUSPENDED;
        _writeNext(change.licence, record);
        emit Suspended(change.licence, signer, change.reason, change.document, change.nonce);
    }

    /// @inheritdoc ILicenceRegistry
    function resume(StatusChange calldata change, address signer, bytes calldata signature) external {
        Licence memory record = _authorised(change, LicenceCode.RESUME, signer, signature);
        if (record.status != LicenceCode.SUSPENDED) revert WrongStatus(record.status);
        record.status = LicenceCode.ACTIVE;
        _writeNext(change.licence, record);
        emit Resumed(change.licence, signer, change.reason, change.document, change.nonce);
    }

    /// @inheritdoc ILicenceRegistry
    function terminate(StatusChange calldata change, address signer, bytes calldata signature) external {
        Licence memory record = _authorised(change, LicenceCode.TERMINATE, signer, signature);
        record.status = LicenceCode.TERMINATED;
        _writeNext(change.licence, record);
        emit Terminated(change.licence, signer, change.reason, change.document, change.nonce);
    }

    /// @inheritdoc ILicenceRegistry
    function convert(StatusChange calldata change, address signer, bytes calldata signature) external {
        Licence memory record = _authorised(change, LicenceCode.CONVERT, signer, signature);
        if (_isConverted(record)) revert WrongStatus(LicenceCode.CONVERTED);
        _setConverted(change.licence, record);
        _writeNext(change.licence, record);
        emit Converted(change.licence, signer, change.reason, change.document, change.nonce);
    }

    /// @inheritdoc ILicenceRegistry
    function renew(StatusChange calldata change, address signer, bytes calldata signature) external {
        Licence memory record = _authorised(change, LicenceCode.RENEW, signer, signature);
        _setEnd(change.licence, record, change.end);
        _writeNext(change.licence, record);
        emit Renewed(change.licence, signer, change.reason, change.document, change.nonce, change.end);
    }

    /// @inheritdoc ILicenceRegistry
    function digestOf(Grant calldata granted) public view returns (bytes32 digest) {
        return _typedDigest(LicenceTypes.hash(granted));
    }

    /// @inheritdoc ILicenceRegistry
    function digestOf(LicenceTransfer calldata change) public view returns (bytes32 digest) {
        return _typedDigest(LicenceTypes.hash(change));
    }

    /// @inheritdoc ILicenceRegistry
    function digestOf(StatusChange calldata change) public view returns (bytes32 digest) {
        return _typedDigest(LicenceTypes.hash(change));
    }

    function _domainName() internal pure override returns (string memory) {
        return "IPX LicenceRegistry";
    }

    /// @dev What every change of status checks: that it is fresh, that it is the act called, and who may sign it.
    function _authorised(StatusChange calldata change, uint8 action, address signer, bytes calldata signature)
        private
        view
        returns (Licence memory record)
    {
        record = _open(change.licence, change.nonce, change.deadline);
        if (change.action != action) revert WrongAction(action, change.action);
        if (!LicenceCode.isReason(change.reason)) revert InvalidReason(change.reason);
        if (action != LicenceCode.RENEW && change.end != 0) revert InvalidEnd(change.end);
        if (_statusNow(change.licence, record) == LicenceCode.TERMINATED) revert WrongStatus(LicenceCode.TERMINATED);
        bool surrenders = action == LicenceCode.TERMINATE && change.reason == LicenceCode.SURRENDER;
        if (surrenders ? signer != record.holder : !_mayChange(change, record, signer)) revert NotEntitled(signer);
        _checkSignature(signer, digestOf(change), signature);
    }

    function _mayChange(StatusChange calldata change, Licence memory record, address signer)
        private
        view
        returns (bool)
    {
        if (signer == _licensor(change.licence, record, change.title)) return true;
        return record.authority != 0 && signer == _authority(record.authority);
    }

    function _checkTerms(Grant calldata granted) private view {
        uint256 licence = uint256(granted.commitment);
        if (licence == 0) revert ZeroCommitment();
        if (_holderOf(licence) != address(0)) revert GrantExists(licence);
        if (granted.transferRule > LicenceCode.TRANSFER_FREE || granted.exclusivity > LicenceCode.NON_EXCLUSIVE) {
            revert InvalidTerms();
        }
        if (granted.end != 0 && granted.end <= granted.start) revert InvalidTerms();
        if (granted.titles.length == 0 || granted.titles.length > _MOST_TITLES) revert InvalidTitles();
    }

    /// @dev The one holder of all the titles, and the number of the lead title.
    function _commonHolder(uint256[] calldata titles) private view returns (address holder, uint32 lead) {
        (holder, lead) = _TITLES.recordOf(titles[0]);
        for (uint256 i = 1; i < titles.length; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                if (titles[i] == titles[j]) revert InvalidTitles();
            }
            (address other,) = _TITLES.recordOf(titles[i]);
            if (other != holder) revert NotCommonHolder(titles[i]);
        }
    }

    /// @dev The holder of the parent licence. Titles beyond the parent's would let a stranger write into their chains.
    function _sublicensor(Grant calldata granted) private view returns (address holder, uint32 lead) {
        Licence memory parent = _licence(granted.parent);
        if (!LicenceCode.isInForce(_statusNow(granted.parent, parent))) revert ParentNotActive(granted.parent);
        if (_tierOf(granted.parent) >= _MOST_TIERS) revert TooManyTiers();
        (, lead) = _TITLES.recordOf(granted.titles[0]);
        if (lead != parent.lead) revert NotLeadTitle(granted.titles[0]);
        if (granted.titles.length > 1 && _titlesHash(granted.titles) != _titlesHashOf(granted.parent)) {
            revert InvalidTitles();
        }
        return (parent.holder, lead);
    }

    function _emitGranted(Grant calldata granted) private {
        emit Granted(
            uint256(granted.commitment),
            granted.holder,
            granted.parent,
            granted.titles,
            granted.authority,
            granted.transferRule,
            granted.survives,
            granted.exclusivity,
            granted.start,
            granted.end
        );
    }
}
