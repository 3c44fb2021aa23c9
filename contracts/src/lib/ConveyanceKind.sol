// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The coded kinds of conveyance and what each may do.
/// @dev The first eleven are the kinds of a patent office's conveyance record; the twelfth is ours, for the same person
/// going over to another account (from a key kept by the platform to its own wallet). The codes are frozen.
library ConveyanceKind {
    uint8 internal constant ASSIGNMENT = 1;
    uint8 internal constant PARTIAL_ASSIGNMENT = 2;
    uint8 internal constant NUNC_PRO_TUNC = 3;
    uint8 internal constant MERGER = 4;
    uint8 internal constant NAME_CHANGE = 5;
    uint8 internal constant SECURITY_INTEREST = 6;
    uint8 internal constant RELEASE = 7;
    uint8 internal constant LICENCE = 8;
    uint8 internal constant GOVERNMENT_INTEREST = 9;
    uint8 internal constant COURT_ORDER = 10;
    uint8 internal constant CORRECTION = 11;
    uint8 internal constant ACCOUNT_CHANGE = 12;

    uint16 internal constant WHOLE = 10_000;

    // What an account holds in a title without being its administrative holder: the bits of a party's mark.
    uint8 internal constant HOLDS_NOTHING = 0;
    uint8 internal constant HOLDS_SHARE = 1;
    uint8 internal constant HOLDS_INTEREST = 2;

    uint256 private constant _CONVEYS_SHARE = (1 << ASSIGNMENT) | (1 << PARTIAL_ASSIGNMENT) | (1 << NUNC_PRO_TUNC)
        | (1 << MERGER) | (1 << COURT_ORDER) | (1 << CORRECTION);

    function isKnown(uint8 kind) internal pure returns (bool) {
        return kind >= ASSIGNMENT && kind <= ACCOUNT_CHANGE;
    }

    /// @dev Whether the kind takes a share from the giver: then the share must not be zero.
    function conveysShare(uint8 kind) internal pure returns (bool) {
        return (_CONVEYS_SHARE >> kind) & 1 == 1;
    }

    /// @dev Whether the whole of this kind, given by the holder, moves the token.
    function movesToken(uint8 kind, uint16 shareBps) internal pure returns (bool) {
        return shareBps == WHOLE && (conveysShare(kind) || kind == ACCOUNT_CHANGE);
    }

    /// @dev Which shares the administrative holder may write for a kind.
    function allowsHolderShare(uint8 kind, uint16 shareBps) internal pure returns (bool) {
        if (shareBps > WHOLE) return false;
        if (kind == PARTIAL_ASSIGNMENT && shareBps == WHOLE) return false;
        if (kind == ACCOUNT_CHANGE) return shareBps == WHOLE;
        return shareBps != 0 || !conveysShare(kind);
    }

    /// @dev Which shares a party may write: never the whole, which is the holder's.
    function allowsPartyShare(uint8 kind, uint16 shareBps) internal pure returns (bool) {
        if (shareBps >= WHOLE) return false;
        return shareBps != 0 || !conveysShare(kind);
    }

    /// @dev A share is conveyed by those who hold one, a release is given by those who hold an interest.
    function allowsParty(uint8 kind, uint8 mark) internal pure returns (bool) {
        if (conveysShare(kind)) return mark & HOLDS_SHARE != 0;
        if (kind == RELEASE) return mark & HOLDS_INTEREST != 0;
        return mark != HOLDS_NOTHING;
    }

    /// @dev What the receiver holds by it.
    function markGiven(uint8 kind, uint8 markOfGiver) internal pure returns (uint8) {
        if (kind == RELEASE || kind == NAME_CHANGE) return HOLDS_NOTHING;
        if (kind == ACCOUNT_CHANGE) return markOfGiver;
        return conveysShare(kind) ? HOLDS_SHARE : HOLDS_INTEREST;
    }

    /// @dev A name change stays with the giver, a correction may, anything else goes to another account.
    function allowsRecipient(uint8 kind, address from, address to) internal pure returns (bool) {
        if (to == address(0)) return false;
        if (kind == NAME_CHANGE) return to == from;
        return to != from || kind == CORRECTION;
    }
}
