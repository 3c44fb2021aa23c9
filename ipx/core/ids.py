"""Typed identifiers: plain UUID strings whose type says what they name."""

from typing import NewType

PersonId = NewType("PersonId", str)
OrganisationId = NewType("OrganisationId", str)
AccountId = NewType("AccountId", str)
StampId = NewType("StampId", str)
BatchId = NewType("BatchId", str)
TransactionId = NewType("TransactionId", str)
DocumentId = NewType("DocumentId", str)
TechnologyId = NewType("TechnologyId", str)
RightId = NewType("RightId", str)
ListingId = NewType("ListingId", str)
NeedId = NewType("NeedId", str)
NdaId = NewType("NdaId", str)
OfferId = NewType("OfferId", str)
AgreementId = NewType("AgreementId", str)
CheckoutId = NewType("CheckoutId", str)
LicenceId = NewType("LicenceId", str)
