// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenceRegistry} from "../interfaces/ILicenceRegistry.sol";
import {ITitleRegistry} from "../interfaces/ITitleRegistry.sol";
import {LicenceCode} from "./LicenceCode.sol";
import {RecordToken} from "./RecordToken.sol";
import {Signed} from "./Signed.sol";

/// @title What the licence registry stores, and its reads.
/// @dev An ordinary sealed grant writes one new slot of its own. A slot of its own is paid only by those who need it: the
/// term of a published grant, the parent of a sublicence, the list of a grant of several titles. The authority is kept as
/// a 32-bit number in a table that grows by one when an authority is named for the first time.
abstract contract LicenceRecords is ILicenceRegistry, RecordToken, Signed {
    /// @dev 160 + 8 + 8 + 16 + 32 + 32 bits: one slot.
    struct Licence {
        address holder;
        uint8 status;
        uint8 flags;
        uint16 nonce;
        uint32 authority;
        uint32 lead;
    }

    struct Term {
        uint64 start;
        uint64 end;
        uint8 exclusivity;
    }

    uint8 private constant _TRANSFER_RULE = 3;
    uint8 private constant _SURVIVES = 1 << 2;
    uint8 private constant _IS_SUBLICENCE = 1 << 3;
    uint8 private constant _IS_PUBLISHED = 1 << 4;
    uint8 private constant _IS_CONVERTED = 1 << 5;

    ITitleRegistry internal immutable _TITLES;

    mapping(uint256 licence => Licence record) private _licences;
    mapping(uint256 licence => Term term) private _terms;
    mapping(uint256 licence => uint256 parent) private _parents;
    mapping(uint256 licence => bytes32 hash) private _titlesHashes;
    mapping(uint256 title => bytes32 head) private _grantHeads;
    mapping(address authority => uint32 number) private _authorityNumbers;
    mapping(uint32 number => address authority) private _authorities;
    uint32 private _authorityCount;

    constructor(address titleRegistry_) {
        _TITLES = ITitleRegistry(titleRegistry_);
    }

    /// @inheritdoc ILicenceRegistry
    function isActive(uint256 licence) external view returns (bool active) {
        return LicenceCode.isInForce(_statusNow(licence, _licences[licence]));
    }

    /// @inheritdoc ILicenceRegistry
    function statusOf(uint256 licence) external view returns (uint8 status) {
        return _statusNow(licence, _licences[licence]);
    }

    /// @inheritdoc ILicenceRegistry
    function licensorOf(uint256 licence, uint256 title) external view returns (address licensor) {
        return _licensor(licence, _licence(licence), title);
    }

    /// @inheritdoc ILicenceRegistry
    function parentOf(uint256 licence) external view returns (uint256 parent) {
        return _parents[licence];
    }

    /// @inheritdoc ILicenceRegistry
    function authorityOf(uint256 licence) external view returns (address authority) {
        return _authorities[_licences[licence].authority];
    }

    /// @inheritdoc ILicenceRegistry
    function termOf(uint256 licence) external view returns (uint64 start, uint64 end, uint8 exclusivity) {
        Term memory term = _terms[licence];
        return (term.start, term.end, term.exclusivity);
    }

    /// @inheritdoc ILicenceRegistry
    function rulesOf(uint256 licence) external view returns (uint8 transferRule, bool survives) {
        uint8 flags = _licences[licence].flags;
        return (flags & _TRANSFER_RULE, flags & _SURVIVES != 0);
    }

    /// @inheritdoc ILicenceRegistry
    function nonceOf(uint256 licence) external view returns (uint64 nonce) {
        return _licences[licence].nonce;
    }

    /// @inheritdoc ILicenceRegistry
    function grantHeadOf(uint256 title) external view returns (bytes32 head) {
        return _grantHeads[title];
    }

    /// @inheritdoc ILicenceRegistry
    function titleRegistry() external view returns (address registry) {
        return address(_TITLES);
    }

    /// @dev Writes a new licence. The caller has checked that there is none with this id.
    function _write(Grant calldata granted, uint32 lead) internal {
        uint256 licence = uint256(granted.commitment);
        uint8 flags = granted.transferRule;
        if (granted.survives) flags |= _SURVIVES;
        if (granted.parent != 0) {
            flags |= _IS_SUBLICENCE;
            _parents[licence] = granted.parent;
        }
        if (granted.exclusivity != 0 || granted.start != 0 || granted.end != 0) {
            flags |= _IS_PUBLISHED;
            _terms[licence] = Term({start: granted.start, end: granted.end, exclusivity: granted.exclusivity});
        }
        if (granted.titles.length > 1) _titlesHashes[licence] = _titlesHash(granted.titles);
        _licences[licence] = Licence({
            holder: granted.holder,
            status: LicenceCode.ACTIVE,
            flags: flags,
            nonce: 0,
            authority: _numberOf(granted.authority),
            lead: lead
        });
    }

    /// @dev Writes a changed licence and spends its nonce.
    function _writeNext(uint256 licence, Licence memory record) internal {
        record.nonce += 1;
        _licences[licence] = record;
    }

    function _setConverted(uint256 licence, Licence memory record) internal {
        record.flags |= _IS_CONVERTED;
        if (record.flags & _IS_PUBLISHED != 0) _terms[licence].exclusivity = LicenceCode.NON_EXCLUSIVE;
    }

    function _setEnd(uint256 licence, Licence memory record, uint64 end) internal {
        if (record.flags & _IS_PUBLISHED == 0) {
            if (end != 0) revert InvalidEnd(end);
            return;
        }
        uint64 present = _terms[licence].end;
        if (present == 0 || end <= present) revert InvalidEnd(end);
        _terms[licence].end = end;
    }

    /// @dev Adds a grant to the title's chain.
    function _chain(uint256 title, bytes32 commitment) internal {
        _grantHeads[title] = sha256(abi.encodePacked("ipx/granthead/v1", bytes1(0x00), _grantHeads[title], commitment));
    }

    function _holderOf(uint256 licence) internal view override returns (address) {
        return _licences[licence].holder;
    }

    function _licence(uint256 licence) internal view returns (Licence memory record) {
        record = _licences[licence];
        if (record.status == LicenceCode.NONE) revert UnknownToken(licence);
    }

    /// @dev What every act on an existing licence checks first.
    function _open(uint256 licence, uint64 nonce, uint64 deadline) internal view returns (Licence memory record) {
        _checkDeadline(deadline);
        record = _licence(licence);
        if (nonce != record.nonce) revert StaleNonce(record.nonce, nonce);
    }

    /// @dev Its own status first; then what it hangs on, tier by tier. Parents never change, so the walk ends.
    function _statusNow(uint256 licence, Licence memory record) internal view returns (uint8 status) {
        if (record.status == LicenceCode.NONE || record.status == LicenceCode.TERMINATED) return record.status;
        uint8 above = LicenceCode.ACTIVE;
        if (record.flags & _IS_SUBLICENCE != 0) {
            uint256 parent = _parents[licence];
            above = _statusNow(parent, _licences[parent]);
            if (above == LicenceCode.TERMINATED) {
                if (record.flags & _SURVIVES == 0) return LicenceCode.TERMINATED;
                above = LicenceCode.ACTIVE;
            }
        }
        if (record.status == LicenceCode.SUSPENDED) return LicenceCode.SUSPENDED;
        if (record.flags & _IS_PUBLISHED != 0) {
            Term memory term = _terms[licence];
            if (term.end != 0 && block.timestamp >= term.end) return LicenceCode.EXPIRED;
            if (block.timestamp < term.start) return LicenceCode.NOT_BEGUN;
        }
        if (!LicenceCode.isInForce(above)) return above;
        return _isConverted(record) ? LicenceCode.CONVERTED : LicenceCode.ACTIVE;
    }

    /// @dev The parent's holder; for a licence from the title, or one that outlived its parent, the title's holder.
    function _licensor(uint256 licence, Licence memory record, uint256 title) internal view returns (address) {
        (address holder, uint32 number) = _TITLES.recordOf(title);
        if (number != record.lead) revert NotLeadTitle(title);
        if (record.flags & _IS_SUBLICENCE != 0) {
            uint256 parent = _parents[licence];
            Licence memory above = _licences[parent];
            if (_statusNow(parent, above) != LicenceCode.TERMINATED) return above.holder;
        }
        return holder;
    }

    function _authority(uint32 number) internal view returns (address) {
        return _authorities[number];
    }

    function _titlesHashOf(uint256 licence) internal view returns (bytes32) {
        return _titlesHashes[licence];
    }

    /// @dev How many licences hang above this one, itself included.
    function _tierOf(uint256 licence) internal view returns (uint256 tier) {
        while (licence != 0) {
            ++tier;
            licence = _parents[licence];
        }
    }

    function _titlesHash(uint256[] calldata titles) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(titles));
    }

    function _transferRule(Licence memory record) internal pure returns (uint8) {
        return record.flags & _TRANSFER_RULE;
    }

    function _isConverted(Licence memory record) internal pure returns (bool) {
        return record.flags & _IS_CONVERTED != 0;
    }

    /// @dev The authority's number, given at its first naming.
    function _numberOf(address authority) private returns (uint32 number) {
        if (authority == address(0)) return 0;
        number = _authorityNumbers[authority];
        if (number == 0) {
            number = ++_authorityCount;
            _authorityNumbers[authority] = number;
            _authorities[number] = authority;
        }
    }
}
