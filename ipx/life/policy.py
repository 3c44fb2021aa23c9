"""Who may see and change the life of a licence. Readable aloud; raises Forbidden, NotFound."""

from ipx.accounts.records import Actor
from ipx.deals.policy import may_negotiate, side_of
from ipx.deals.rules import Side
from ipx.licences.records import Licence


def side_in(actor: Actor, licence: Licence) -> Side:
    """Return the actor's side. Raises NotFound for everybody else: that a licence exists is a secret too."""
    return side_of(actor, licensor_id=licence.licensor_id, licensee_id=licence.licensee_id)


def may_act(actor: Actor, licence: Licence) -> Side:
    """A licensing manager of one of the two sides speaks for it; nobody else takes a step."""
    side = side_in(actor, licence)
    may_negotiate(actor)
    return side
