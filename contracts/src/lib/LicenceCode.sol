// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The codes of the licence registry. They are frozen.
library LicenceCode {
    // Statuses. A licence is in force while ACTIVE or CONVERTED; EXPIRED and NOT_BEGUN are never stored.
    uint8 internal constant NONE = 0;
    uint8 internal constant ACTIVE = 1;
    uint8 internal constant SUSPENDED = 2;
    uint8 internal constant TERMINATED = 3;
    uint8 internal constant CONVERTED = 4;
    uint8 internal constant EXPIRED = 5;
    uint8 internal constant NOT_BEGUN = 6;

    // Transfer rules.
    uint8 internal constant TRANSFER_NO = 0;
    uint8 internal constant TRANSFER_WITH_CONSENT = 1;
    uint8 internal constant TRANSFER_FREE = 2;

    // Exclusivity of a published grant; zero where sealed.
    uint8 internal constant EXCLUSIVE = 1;
    uint8 internal constant SOLE = 2;
    uint8 internal constant CO_EXCLUSIVE = 3;
    uint8 internal constant NON_EXCLUSIVE = 4;

    // Actions of a status change.
    uint8 internal constant SUSPEND = 1;
    uint8 internal constant RESUME = 2;
    uint8 internal constant TERMINATE = 3;
    uint8 internal constant CONVERT = 4;
    uint8 internal constant RENEW = 5;

    // Reasons of a status change.
    uint8 internal constant BREACH = 1;
    uint8 internal constant NON_PAYMENT = 2;
    uint8 internal constant DILIGENCE_FAILURE = 3;
    uint8 internal constant MILESTONE_MISSED = 4;
    uint8 internal constant MINIMUM_NOT_MET = 5;
    uint8 internal constant INSOLVENCY = 6;
    uint8 internal constant CHALLENGE = 7;
    uint8 internal constant CONVENIENCE = 8;
    uint8 internal constant AGREEMENT = 9;
    uint8 internal constant CURED = 10;
    uint8 internal constant SURRENDER = 11;
    uint8 internal constant DECISION = 12;
    uint8 internal constant RIGHT_LAPSED = 13;
    uint8 internal constant CONTROL_CHANGE = 14;

    function isReason(uint8 reason) internal pure returns (bool) {
        return reason >= BREACH && reason <= CONTROL_CHANGE;
    }

    function isInForce(uint8 status) internal pure returns (bool) {
        return status == ACTIVE || status == CONVERTED;
    }
}
